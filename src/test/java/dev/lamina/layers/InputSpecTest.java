package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a layer may demand of its inputs, and what it says when they are otherwise. */
final class InputSpecTest {
    private static final class Demanding extends Layer {
        private final InputSpec spec;

        Demanding(InputSpec spec) {
            super(LayerOptions.named("demanding"));
            this.spec = spec;
        }

        @Override
        protected InputSpec inputSpec() {
            return spec;
        }

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return inputs;
        }
    }

    private static void refuses(InputSpec spec, Class<? extends Exception> type, String message, Tensor... inputs) {
        try (Demanding layer = new Demanding(spec)) {
            assertThatThrownBy(() -> layer.apply(List.of(inputs)))
                    .isInstanceOf(type)
                    .hasMessage(message);
        }
    }

    @Test
    void exactRank() {
        refuses(
                InputSpec.ofRank(3),
                ShapeException.class,
                "[demanding] expected the input to be of rank 3; received shape (2, 4). Is the batch axis, or the channel"
                        + " axis, missing?",
                Ops.ones(2, 4));
    }

    @Test
    void leastRank() {
        refuses(
                InputSpec.ofMinRank(3),
                ShapeException.class,
                "[demanding] expected the input to be of rank 3 or more; received shape (4,).",
                Ops.ones(4));
    }

    @Test
    void greatestRank() {
        refuses(
                InputSpec.ofMinRank(1).withMaxRank(2),
                ShapeException.class,
                "[demanding] expected the input to be of rank 2 or less; received shape (1, 2, 3).",
                Ops.ones(1, 2, 3));
    }

    @Test
    void anInnerAxis() {
        refuses(
                InputSpec.ANY.withAxis(1, 5),
                ShapeException.class,
                "[demanding] expected axis 1 of the input to be 5, fixed when the layer was built; received shape (1, 4, 5).",
                Ops.ones(1, 4, 5));
    }

    @Test
    void anAxisThatIsNotThere() {
        refuses(
                InputSpec.ANY.withAxis(2, 5),
                ShapeException.class,
                "[demanding] expected axis 2 of the input to be 5, fixed when the layer was built; received shape (1, 5).",
                Ops.ones(1, 5));
    }

    @Test
    void theElementType() {
        refuses(
                InputSpec.ANY.withDType(DType.INT32),
                DTypeException.class,
                "[demanding] expected the input to be int32; received float32 (2,). Convert it with Ops.cast.",
                Ops.ones(2));
    }

    @Test
    void theSecondInput() {
        refuses(
                InputSpec.ofRank(2).withAxis(-1, 3),
                ShapeException.class,
                "[demanding] expected the last axis of input 1 to be 3, fixed when the layer was built; received shape"
                        + " (2, 4).",
                Ops.ones(2, 3),
                Ops.ones(2, 4));
    }

    @Test
    void anUnknownAxisMayFit() {
        try (Demanding layer = new Demanding(InputSpec.ofRank(2).withAxis(-1, 3).withAxis(0, 7))) {
            assertThatCode(() -> layer.computeOutputShape(Shape.of(Shape.UNKNOWN, 3)))
                    .doesNotThrowAnyException();
            assertThatCode(() -> layer.apply(HostArray.zeros(Shape.of(7, 3), DType.FLOAT32)))
                    .doesNotThrowAnyException();
        }
    }
}
