package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How masks travel from layer to layer. */
final class MaskTest {
    /** Marks the positions that are not 0; what Embedding does with maskZero. */
    private static final class NotZero extends Layer {
        @Override
        protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
            return Optional.of(Ops.notEqual(input, Ops.constant(0, input.dtype())));
        }

        @Override
        protected Tensor call(Tensor x) {
            return Ops.add(x, 1);
        }
    }

    /** Remembers what it was called with. */
    private static class Seeing extends Layer {
        private List<Optional<Tensor>> seen = List.of();

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            seen = context.masks();
            return List.of(Ops.multiply(inputs.get(0), 2));
        }

        Optional<Tensor> mask() {
            return seen.get(0);
        }
    }

    private static final class Passing extends Seeing {
        @Override
        protected boolean supportsMasking() {
            return true;
        }
    }

    private static Tensor words() {
        return Ops.tensor(new float[] {3, 0, 1, 0}, 2, 2);
    }

    private static double[] values(Optional<Tensor> mask) {
        return mask.orElseThrow().toDoubleArray();
    }

    @Test
    void aMaskIsComputedAndSeen() {
        try (NotZero first = new NotZero();
                Seeing second = new Seeing()) {
            Tensor x = first.apply(words());
            assertThat(values(x.mask())).containsExactly(1, 0, 1, 0);

            second.apply(x);

            assertThat(second.mask()).containsSame(x.mask().orElseThrow());
        }
    }

    @Test
    void aLayerThatSupportsMasksPassesThemOn() {
        try (NotZero first = new NotZero();
                Passing second = new Passing()) {
            Tensor x = first.apply(words());

            assertThat(second.apply(x).mask()).isEqualTo(x.mask());
        }
    }

    @Test
    void aLayerThatDoesNotPassesNoneOn() {
        try (NotZero first = new NotZero();
                Seeing second = new Seeing()) {
            assertThat(second.apply(first.apply(words())).mask()).isEmpty();
        }
    }

    @Test
    void itIsSymbolicallySo() {
        try (Sequential supported = Sequential.of(new NotZero(), new Dropout(0.5), new Dense(3));
                Sequential unsupported = Sequential.of(new NotZero(), new Seeing())) {
            SymbolicTensor x = new SymbolicTensor("x", new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.FLOAT32));

            assertThat(supported.apply(x).mask().orElseThrow().spec())
                    .isEqualTo(new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.BOOL));
            assertThat(unsupported.apply(x).mask()).isEmpty();
        }
    }

    @Test
    void itIsSoInATrace() {
        try (Sequential model = Sequential.of(new NotZero(), new Passing())) {
            List<Tensor> outputs = new ArrayList<>();
            try (var step = Execution.compile(List.of(words().spec()), inputs -> {
                Tensor y = model.apply(inputs.get(0));
                outputs.add(y);
                return List.of(y, Ops.cast(y.mask().orElseThrow(), DType.FLOAT32));
            })) {
                step.feed(0, words().toHost().data());
                step.run();
                assertThat(step.outputs().get(1).toFloatArray()).containsExactly(1, 0, 1, 0);
            }
        }
    }

    @Test
    void aMaskGivenByHandWins() {
        Tensor mask = Ops.notEqual(Ops.ones(2, 2), Ops.constant(1, DType.FLOAT32));
        try (NotZero first = new NotZero();
                Passing second = new Passing()) {
            Tensor x = first.apply(words());

            Tensor y = second.apply(x, CallOptions.mask(mask));

            assertThat(second.mask()).containsSame(mask);
            assertThat(y.mask()).containsSame(mask);
            assertThat(values(x.mask())).containsExactly(1, 0, 1, 0);
        }
    }

    @Test
    void aMaskGivenByHandMayBeOfNumbers() {
        try (Passing layer = new Passing()) {
            Tensor y = layer.apply(words(), CallOptions.mask(words()));

            assertThat(y.mask().orElseThrow().dtype()).isEqualTo(DType.BOOL);
            assertThat(values(y.mask())).containsExactly(1, 0, 1, 0);
        }
    }

    @Test
    void aMaskGivenToASequentialReachesItsFirstLayer() {
        Tensor mask = Ops.notEqual(words(), Ops.constant(3, DType.FLOAT32));
        Passing inside = new Passing();
        try (Sequential model = Sequential.of(inside, new Dense(2))) {
            assertThat(model.apply(words(), CallOptions.mask(mask)).mask()).containsSame(mask);
            assertThat(inside.mask()).containsSame(mask);
        }
    }

    @Test
    void anInputThatIsReturnedKeepsItsOwnMask() {
        final class Identity extends Layer {
            @Override
            protected Tensor call(Tensor x) {
                return x;
            }
        }
        Tensor mask = Ops.notEqual(Ops.ones(2, 2), Ops.constant(1, DType.FLOAT32));
        try (NotZero first = new NotZero();
                Identity identity = new Identity();
                Dropout dropout = new Dropout(0.5)) {
            Tensor x = first.apply(words());
            Tensor plain = words();

            assertThat(identity.apply(x).mask()).isEmpty();
            assertThat(dropout.apply(plain, CallOptions.mask(mask)).mask()).containsSame(mask);
            assertThat(plain.mask()).isEmpty();
            assertThat(x.mask()).isPresent();
        }
    }

    @Test
    void castingTheInputKeepsTheMask() {
        try (NotZero first = new NotZero();
                Layer second = Dense.of(2).dtype("float64").build()) {
            assertThat(second.apply(first.apply(words())).mask()).isPresent();
        }
    }

    @Test
    void severalInputsHaveOneEach() {
        try (NotZero first = new NotZero();
                Seeing second = new Seeing()) {
            Tensor x = first.apply(words());

            second.apply(List.of(words(), x));

            assertThat(((Seeing) second).seen).containsExactly(Optional.empty(), x.mask());
            assertThatThrownBy(
                            () -> second.apply(List.of(words(), x), CallOptions.DEFAULT.withMasks(List.of(x.mask()))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "[" + second.name() + "] expected a mask, or none, for each of the 2 inputs; received 1.");
        }
    }

    @Test
    void aMaskIsBool() {
        Tensor x = words();

        assertThatThrownBy(() -> x.setMask(words()))
                .isInstanceOf(DTypeException.class)
                .hasMessageStartingWith("[tensor] expected a bool mask; received float32 (2, 2).");
    }

    @Test
    void aKeptTensorKeepsItsMask() {
        try (NotZero layer = new NotZero()) {
            Tensor kept;
            try (Scope scope = Scope.open()) {
                kept = scope.keep(layer.apply(words()));
            }
            assertThat(values(kept.mask())).containsExactly(1, 0, 1, 0);
        }
    }
}
