package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.initializers.Initializers;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Input;
import dev.lamina.layers.Layer;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mask that a layer makes goes through the graph to the model's output, and into its loss. */
final class MaskedFunctionalTest {
    /** {@code (batch, time)} to {@code (batch, time, 1)}, where 0 doesn't count: an Embedding of one column. */
    private static final class Column extends Layer {
        @Override
        protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
            return Optional.of(Ops.notEqual(input, Ops.constant(0, input.dtype())));
        }

        @Override
        protected Tensor call(Tensor x) {
            return Ops.expandDims(x, 2);
        }
    }

    private static Functional model() {
        SymbolicTensor x = Input.of(Shape.of(3));
        Dense dense = Dense.of(1).kernelInitializer(Initializers.ones()).build();
        Functional inner = inner();
        return Functional.of(x, inner.apply(dense.apply(new Column().apply(x))));
    }

    private static Functional inner() {
        SymbolicTensor x = Input.of(Shape.of(3, 1));
        Dense dense = Dense.of(1).kernelInitializer(Initializers.ones()).build();
        return Functional.of(x, dense.apply(x));
    }

    private static final HostArray X = HostArray.of(new float[] {1, 0, 2, 0, 0, 3}, 2, 3);

    @Test
    void itReachesTheOutput() {
        try (Functional model = model()) {
            TensorSpec mask = new TensorSpec(Shape.of(Shape.UNKNOWN, 3), DType.BOOL);
            assertThat(model.outputs().get(0).mask().orElseThrow().spec()).isEqualTo(mask);
            assertThat(model.apply(X).mask().orElseThrow().toDoubleArray()).containsExactly(1, 0, 1, 0, 0, 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itReachesTheLoss(boolean eagerly) {
        try (Functional model = model()) {
            model.compile(CompileOptions.with("sgd").loss("mse").runEagerly(eagerly));

            double loss = model.evaluate(X, HostArray.zeros(Shape.of(2, 3, 1), DType.FLOAT32))
                    .get("loss");

            // The mean of 1, 4 and 9, over the positions that count.
            assertThat(loss).isEqualTo(14.0 / 3, Offset.offset(1e-6));
        }
    }
}
