package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.CallContext;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Input;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The table of a model that is a graph. */
final class FunctionalSummaryTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    private static final class Sum extends Layer {
        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return List.of(inputs.stream().reduce(Ops::add).orElseThrow());
        }
    }

    @Test
    void itSaysWhatIsConnected() {
        SymbolicTensor a = Input.named("a", Shape.of(4));
        SymbolicTensor b = Input.named("b", Shape.of(4));
        Dense shared = Dense.of(3).name("shared").build();
        Tensor sum = new Sum()
                .apply(List.of(shared.apply(a), shared.apply(b), shared.apply(a), shared.apply(b)))
                .get(0);
        try (Functional model = Functional.of(List.of(a, b), List.of(sum))) {
            assertThat(model.summary()).isEqualTo("""
                    Model: "functional"
                    ┌────────────────┬──────────────┬─────────┬───────────────────────────────────────────┐
                    │ Layer (type)   │ Output shape │ Param # │ Connected to                              │
                    ├────────────────┼──────────────┼─────────┼───────────────────────────────────────────┤
                    │ a (InputLayer) │ (None, 4)    │       0 │ -                                         │
                    │ b (InputLayer) │ (None, 4)    │       0 │ -                                         │
                    │ shared (Dense) │ (None, 3)    │      15 │ a[0][0], b[0][0], a[0][0],                │
                    │                │              │         │ b[0][0]                                   │
                    │ sum (Sum)      │ (None, 3)    │       0 │ shared[0][0], shared[1][0], shared[2][0], │
                    │                │              │         │ shared[3][0]                              │
                    └────────────────┴──────────────┴─────────┴───────────────────────────────────────────┘
                     Total params: 15 (60.00 B)
                     Trainable params: 15 (60.00 B)
                     Non-trainable params: 0 (0.00 B)""");
        }
    }

    @Test
    void aChainNeedsNoConnections() {
        SymbolicTensor x = Input.of(Shape.of(4));
        try (Functional model = Functional.of(x, new Dense(3).apply(x))) {
            assertThat(model.summary())
                    .contains("│ input_layer (InputLayer) │ (None, 4)    │       0 │\n")
                    .doesNotContain("Connected to");
        }
    }
}
