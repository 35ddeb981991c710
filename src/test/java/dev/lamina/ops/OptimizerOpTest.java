package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.GradientException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Optimizers' steps: the CPU gives the bits of their definitions, and what does not fit is refused. */
class OptimizerOpTest {
    private static final OptimizerOp.Adam ADAM = new OptimizerOp.Adam(0.9, 0.999, 1e-7, false, List.of(0.0));
    private static final TensorSpec RATE = new TensorSpec(Shape.scalar(), DType.FLOAT32);
    private static final TensorSpec UPDATE = new TensorSpec(Shape.scalar(), DType.INT32);
    private static final TensorSpec WEIGHT = new TensorSpec(Shape.of(3, 4), DType.FLOAT32);

    @TestFactory
    Stream<DynamicTest> theCpuGivesTheDefinitionsBits() {
        return OptimizerCases.all().stream()
                .flatMap(one -> one.dtypes().stream()
                        .map(dtype -> DynamicTest.dynamicTest(one + " in " + dtype, () -> compare(one, dtype))));
    }

    private static void compare(OpCase one, DType dtype) {
        long seed = one.toString().hashCode();
        try (Scope _ = Scope.open()) {
            List<Tensor> inputs =
                    one.draw(dtype, seed).stream().map(Ops::tensor).toList();
            List<Tensor> actual = Ops.applyAll(one.op(), inputs.toArray(Tensor[]::new));
            List<Tensor> expected = one.op().define(Ops::applyAll, inputs).orElseThrow();
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < actual.size(); i++) {
                HostArray found = actual.get(i).toHost();
                assertThat(found.data().mismatch(expected.get(i).toHost().data()))
                        .as("the first byte of output %d that differs, seed %d", i, seed)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void anOutputMayLieOverInputsOfItsOwnWeightAlone() {
        OptimizerOp two = new OptimizerOp.Adam(0.9, 0.999, 1e-7, false, List.of(0.0, 0.0));
        assertThat(two.overwrites(0, 0)).as("the rate").isFalse();
        assertThat(two.overwrites(1, 0)).as("the number of the update").isFalse();
        assertThat(two.overwrites(5, 0)).as("the last slot of the first weight").isTrue();
        assertThat(two.overwrites(6, 2)).as("another weight").isFalse();
        assertThat(two.overwrites(6, 3)).as("the second weight").isTrue();
    }

    @Test
    void refusesWhatDoesNotFit() {
        TensorSpec half = new TensorSpec(Shape.of(3, 4), DType.FLOAT16);
        assertThatThrownBy(() -> ADAM.infer(List.of(RATE, UPDATE, half, half, half, half)))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[adam] expected weights of float32 or float64; received float16 (3, 4). Optimizers update"
                        + " those of other types by single ops.");
        assertThatThrownBy(() -> ADAM.infer(List.of(RATE, RATE, WEIGHT, WEIGHT, WEIGHT, WEIGHT)))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[adam] expected the number of the update in int32; received float32 ().");
        assertThatThrownBy(() -> ADAM.infer(List.of(WEIGHT, UPDATE, WEIGHT, WEIGHT, WEIGHT, WEIGHT)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[adam] expected the learning rate as a scalar; received float32 (3, 4).");
        TensorSpec other = new TensorSpec(Shape.of(4, 3), DType.FLOAT32);
        assertThatThrownBy(() -> ADAM.infer(List.of(RATE, UPDATE, WEIGHT, WEIGHT, WEIGHT, other)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[adam] expected tensors of the same shape; received float32 (3, 4) and float32 (4, 3).");
        assertThatThrownBy(() -> ADAM.infer(List.of(RATE, UPDATE, WEIGHT, WEIGHT, WEIGHT)))
                .isInstanceOf(ShapeException.class)
                .hasMessageStartingWith("[adam] expected 6 inputs; received 5: ");
    }

    @Test
    void hasNoGradient() {
        try (Scope _ = Scope.open();
                GradientTape tape = GradientTape.open()) {
            Tensor weight = Ops.ones(2);
            tape.watch(weight);
            OptimizerOp sgd = new OptimizerOp.Sgd(0, false, List.of(0.0));
            Tensor next = Ops.apply(sgd, Ops.constant(0.1, DType.FLOAT32), weight, Ops.ones(2));
            assertThatThrownBy(() -> tape.gradient(next, List.of(weight)))
                    .isInstanceOf(GradientException.class)
                    .hasMessageStartingWith("[sgd] expected an op with a gradient; sgd has none ");
        }
    }
}
