package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.GradientException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a tape records, and of what it gives gradients. */
class GradientTapeTest {
    private final Variable weight = Variables.create("weight", HostArray.of(new float[] {2, -3}), true);
    private final Variable frozen = Variables.create("frozen", HostArray.of(new float[] {5, 7}), false);

    @AfterEach
    void close() {
        weight.close();
        frozen.close();
    }

    @Test
    void trainableVariablesAreWatchedByThemselves() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor y = Ops.multiply(Ops.square(weight), frozen);
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(20, -42);
        }
    }

    @Test
    void ofWhatIsNotWatchedItCanNotKnow() {
        String message =
                "[tape] expected trainable variables, or tensors that were watched; received \"%s\" float32 (2,). "
                        + "Call tape.watch with it before it is used.";
        Tensor x = Ops.tensor(new float[] {1, 2});
        try (GradientTape tape = GradientTape.open()) {
            // The product is recorded, for the weight; the square is not.
            Tensor y = Ops.add(Ops.multiply(weight, frozen), Ops.multiply(Ops.square(frozen), x));
            assertThatThrownBy(() -> tape.gradient(y, List.of(weight, frozen)))
                    .isInstanceOf(GradientException.class)
                    .hasMessage(message, "frozen");
            assertThatThrownBy(() -> tape.gradient(y, List.of(x)))
                    .isInstanceOf(GradientException.class)
                    .hasMessage(message, "tensor");
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(5, 7);
        }
    }

    @Test
    void aWatchedVariableNeedNotBeTrainable() {
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(frozen);
            Tensor y = Ops.multiply(weight, frozen);
            assertThat(tape.gradient(y, List.of(frozen)).get(0).toFloatArray()).containsExactly(2, -3);
        }
    }

    @Test
    void usesOfOneTensorAddUp() {
        Tensor x = Ops.tensor(new float[] {3});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor y = Ops.add(Ops.multiply(x, x), Ops.multiply(Ops.multiply(x, x), x));
            assertThat(tape.gradient(y, List.of(x)).get(0).item()).isEqualTo(6 + 27);
        }
    }

    @Test
    void aTargetOfSeveralElementsIsSummed() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor y = Ops.matmul(Ops.tensor(new float[] {1, 2, 3, 4}, 2, 2), Ops.reshape(weight, 2, 1));
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(4, 6);
        }
    }

    @Test
    void whatDoesNotDependHasZeros() {
        Tensor x = Ops.tensor(new float[] {1, 2, 3});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor dx = tape.gradient(Ops.square(weight), List.of(x)).get(0);
            assertThat(dx.shape()).isEqualTo(x.shape());
            assertThat(dx.toFloatArray()).containsExactly(0, 0, 0);
        }
    }

    @Test
    void theGradientOfTheTargetItselfIsOne() {
        Tensor x = Ops.tensor(new float[] {4, 5});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            assertThat(tape.gradient(x, List.of(x)).get(0).toFloatArray()).containsExactly(1, 1);
        }
    }

    @Test
    void intermediateResultsHaveGradientsToo() {
        Tensor x = Ops.tensor(new float[] {2});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor square = Ops.square(x);
            List<Tensor> gradients = tape.gradient(Ops.multiply(square, 3), List.of(square, x));
            assertThat(gradients.get(0).item()).isEqualTo(3);
            assertThat(gradients.get(1).item()).isEqualTo(12);
        }
    }

    @Test
    void aReshapedVariableKeepsItsValueWhenTheVariableChanges() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor row = Ops.reshape(weight, 1, 2);
            Tensor y = Ops.square(row);
            weight.assign(HostArray.of(new float[] {100, 100}));
            assertThat(row.toFloatArray()).containsExactly(2, -3);
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(4, -6);
        }
    }

    @Test
    void stopGradientStopsIt() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor y = Ops.multiply(weight, Ops.stopGradient(Ops.square(weight)));
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(4, 9);
        }
    }

    @Test
    void integersCarryNoGradient() {
        Tensor x = Ops.tensor(new float[] {1.5f, 2.5f});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor y = Ops.cast(Ops.cast(x, DType.INT32), DType.FLOAT32);
            assertThat(tape.gradient(y, List.of(x)).get(0).toFloatArray()).containsExactly(0, 0);
        }
    }

    @Test
    void gradientCanBeAskedForTwice() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor y = Ops.square(weight);
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(4, -6);
            assertThat(tape.gradient(Ops.multiply(y, 2), List.of(weight)).get(0).toFloatArray())
                    .containsExactly(8, -12);
        }
    }

    @Test
    void nestedTapesGiveSecondAndThirdDerivatives() {
        Tensor x = Ops.tensor(new float[] {2});
        try (GradientTape third = GradientTape.open()) {
            third.watch(x);
            Tensor secondDerivative;
            try (GradientTape second = GradientTape.open()) {
                second.watch(x);
                Tensor firstDerivative;
                try (GradientTape first = GradientTape.open()) {
                    first.watch(x);
                    Tensor y = Ops.multiply(Ops.square(x), Ops.square(x));
                    firstDerivative = first.gradient(y, List.of(x)).get(0);
                }
                assertThat(firstDerivative.item()).isEqualTo(32);
                secondDerivative = second.gradient(firstDerivative, List.of(x)).get(0);
            }
            assertThat(secondDerivative.item()).isEqualTo(48);
            assertThat(third.gradient(secondDerivative, List.of(x)).get(0).item())
                    .isEqualTo(48);
        }
    }

    @Test
    void secondDerivativesOfVariables() {
        try (GradientTape outer = GradientTape.open()) {
            Tensor first;
            try (GradientTape inner = GradientTape.open()) {
                Tensor y = Ops.multiply(Ops.square(weight), weight);
                first = inner.gradient(y, List.of(weight)).get(0);
            }
            assertThat(outer.gradient(first, List.of(weight)).get(0).toFloatArray())
                    .containsExactly(12, -18);
        }
    }

    @Test
    void secondDerivativesOfVariablesInATrace() {
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            try (GradientTape outer = GradientTape.open();
                    GradientTape inner = GradientTape.open()) {
                Tensor y = Ops.multiply(Ops.square(weight), weight);
                Tensor first = inner.gradient(y, List.of(weight)).get(0);
                return outer.gradient(first, List.of(weight));
            }
        })) {
            step.run();
            assertThat(step.output(0).toFloatArray()).containsExactly(12, -18);
        }
    }

    @Test
    void aVariableThatChangesLaterKeepsItsOldValueForTheTape() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor y = Ops.square(weight);
            weight.assign(HostArray.of(new float[] {100, 100}));
            assertThat(tape.gradient(y, List.of(weight)).get(0).toFloatArray()).containsExactly(4, -6);
        }
        assertThat(weight.toFloatArray()).containsExactly(100, 100);
    }

    @Test
    void readsBeforeAndAfterAnAssignmentBothCount() {
        try (GradientTape tape = GradientTape.open()) {
            Tensor before = Ops.square(weight);
            weight.assign(HostArray.of(new float[] {10, 20}));
            Tensor after = Ops.square(weight);
            assertThat(tape.gradient(Ops.add(before, after), List.of(weight))
                            .get(0)
                            .toFloatArray())
                    .as("2 * 2 + 2 * 10 and 2 * -3 + 2 * 20")
                    .containsExactly(24, 34);
        }
    }

    @Test
    void tracedGradientsAreThoseOfTheEagerTape() {
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            try (GradientTape tape = GradientTape.open()) {
                return tape.gradient(Ops.multiply(Ops.exp(weight), frozen), List.of(weight));
            }
        })) {
            step.run();
            try (GradientTape tape = GradientTape.open()) {
                Tensor eager = tape.gradient(Ops.multiply(Ops.exp(weight), frozen), List.of(weight))
                        .get(0);
                assertThat(step.output(0).toFloatArray()).containsExactly(eager.toFloatArray());
            }
        }
    }

    @Test
    void closedTapesSaySo() {
        GradientTape tape = GradientTape.open();
        Tensor y = Ops.square(weight);
        tape.close();
        tape.close();
        assertThatThrownBy(() -> tape.gradient(y, List.of(weight)))
                .isInstanceOf(GradientException.class)
                .hasMessage("[tape] expected an open tape; it was closed before gradient was called. "
                        + "Call gradient inside of its try block.");
    }

    @Test
    void tapesCloseInTheOppositeOrderOfOpening() {
        String message =
                "[tape] expected tapes to be closed in the opposite order of opening, on the thread that opened "
                        + "them. Use try-with-resources.";
        GradientTape outer = GradientTape.open();
        GradientTape inner = GradientTape.open();
        assertThatThrownBy(outer::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(message);
        inner.close();
        outer.close();
    }

    @Test
    void anotherThreadsOpsAreNotRecorded() throws InterruptedException {
        try (GradientTape tape = GradientTape.open()) {
            Tensor[] elsewhere = new Tensor[1];
            Thread thread = new Thread(() -> elsewhere[0] = Ops.square(weight));
            thread.start();
            thread.join();
            assertThat(tape.gradient(elsewhere[0], List.of(weight)).get(0).toFloatArray())
                    .containsExactly(0, 0);
        }
    }
}
