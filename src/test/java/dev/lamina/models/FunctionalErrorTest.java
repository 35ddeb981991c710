package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ShapeException;
import dev.lamina.errors.TracedValueException;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Input;
import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is said when inputs and outputs don't make a model, or data doesn't fit one. */
final class FunctionalErrorTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    @Test
    void anInputThatIsMissing() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(4));
        Tensor y = Ops.add(a, new Dense(4).apply(b));

        assertThatThrownBy(() -> Functional.of(a, y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[functional] expected outputs that can be computed from the inputs \"a\"; received some that"
                                + " depend on the input \"b\" float32 (None, 4), which dense needs. Add it to the inputs of the"
                                + " model.");
    }

    @Test
    void anOutputOfAnotherGraph() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(4));

        assertThatThrownBy(() -> Functional.of(a, b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[functional] expected outputs that can be computed from the inputs \"a\"; received some that"
                                + " depend on the input \"b\" float32 (None, 4), which is an output. Add it to the inputs of the"
                                + " model.");
    }

    @Test
    void beginningInTheMiddleLeavesAnInputOut() {
        SymbolicTensor x = Input.named("x", Shape.of(4));
        Tensor hidden = new Dense(4).apply(x);
        Tensor y = Ops.add(new Dense(4).apply(hidden), x);

        assertThatThrownBy(() -> Functional.of(hidden, y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[functional] expected outputs that can be computed from the inputs \"dense/output\"; received"
                                + " some that depend on the input \"x\" float32 (None, 4), which add needs. Add it to the inputs of"
                                + " the model.");
    }

    @Test
    void tensorsOfNoGraph() {
        assertThatThrownBy(() -> Functional.of(Ops.ones(2, 3), Input.of(Shape.of(3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[functional] expected tensors that Input gave, or layers called on such tensors; received"
                        + " \"fill\" float32 (2, 3). Start from Input.of(shape).");
        assertThatThrownBy(() -> Functional.of(List.of(), List.of(Input.of(Shape.of(3)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[functional] expected at least one input and one output; received none.");
    }

    @Test
    void oneInputTwice() {
        SymbolicTensor a = Input.named("a", Shape.of(4));

        assertThatThrownBy(() -> Functional.of(List.of(a, a), List.of(new Dense(1).apply(a))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[functional] expected different inputs; received \"a\" twice.");
    }

    @Test
    void twoLayersOfOneName() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        Tensor y = Dense.of(1)
                .name("same")
                .build()
                .apply(Dense.of(1).name("same").build().apply(a));

        assertThatThrownBy(() -> Functional.of(a, y))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[functional] expected layers with different names; received two of the name \"same\". Give one"
                                + " a name of its own.");
    }

    @Test
    void dataThatDoesNotFit() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(4));
        try (Functional model = Functional.of(List.of(a, b), List.of(new Dense(1).apply(Ops.add(a, b))))) {
            assertThatThrownBy(() -> model.apply(Ops.ones(2, 4)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("[functional] expected 2 inputs, [a, b]; received 1.");
            assertThatThrownBy(() -> model.apply(List.of(Ops.ones(2, 4), Ops.ones(2, 5))))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith(
                            "[functional] expected shape (None, 4) for the input \"b\"; received shape (2, 5).");
            assertThatThrownBy(() -> model.apply(Map.of("a", Ops.ones(2, 4), "c", Ops.ones(2, 4))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("[functional] expected inputs of the names [a, b]; received [");
        }
    }

    @Test
    void namesForAModelWithout() {
        try (Sequential model = Sequential.of(new Dense(1))) {
            assertThatThrownBy(() -> model.apply(Map.of("a", Ops.ones(2, 4))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "[sequential] expected inputs of the names []; received [a]. A model without names takes"
                                    + " them in a list.");
        }
    }

    @Test
    void aLayerThatReadsValues() {
        final class Reading extends Layer {
            @Override
            protected Tensor call(Tensor x) {
                return x.item() > 0 ? x : Ops.negate(x);
            }
        }
        try (Reading layer = new Reading()) {
            assertThatThrownBy(() ->
                            layer.apply(new InputLayer("x", Shape.of(1), dev.lamina.tensor.DType.FLOAT32).output()))
                    .isInstanceOf(TracedValueException.class)
                    .hasMessageStartingWith("[x] expected a tensor with values; received a symbolic float32 (1,)");
        }
    }

    @Test
    void anOutputOfALayerCalledTwice() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        Dense dense = new Dense(4);
        try (Functional model = Functional.of(a, dense.apply(dense.apply(a)))) {
            assertThatThrownBy(() -> model.output("dense"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[functional] expected a layer that is called once and has one output; \"dense\" has 2."
                            + " Keep the tensor that its call gives.");
            assertThatThrownBy(() -> model.output("none"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[functional] expected the name of a layer, one of a, dense; received \"none\".");
        }
    }

    @Test
    void anInputLayerComesFirst() {
        assertThatThrownBy(() -> Sequential.of(new Dense(1), new InputLayer(Shape.of(3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[sequential] expected one InputLayer, before all other layers; received \"input_layer\" after 1"
                                + " layers.");
        assertThatThrownBy(() -> Sequential.of(new InputLayer(Shape.of(2)), new InputLayer(Shape.of(3))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[sequential_1] expected one InputLayer, before all other layers; received \"input_layer_2\""
                                + " after the input float32 (None, 2).");
    }

    /** Gives what it gets. */
    private static final class Pair extends Layer {
        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return inputs;
        }
    }

    @Test
    void aLayerOfSeveralOutputsHasNoOutput() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(4));
        List<Tensor> both = new Pair().apply(List.of(a, b));
        try (Functional model = Functional.of(List.of(a, b), both)) {
            assertThatThrownBy(() -> model.output("pair"))
                    .hasMessageContaining("expected a layer that is called once and has one output; \"pair\" has 2.");
        }
    }
}
