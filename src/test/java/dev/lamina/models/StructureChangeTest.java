package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A part that is replaced after steps were compiled. */
final class StructureChangeTest {
    private final HostArray x = HostArray.zeros(Shape.of(4, 3), DType.FLOAT32).fill(i -> Math.sin(i));

    private static final class Replaceable extends Model {
        private Dense head = new Dense(2);

        @Override
        protected Tensor call(Tensor input) {
            return head.apply(input);
        }
    }

    @Test
    void predictUsesTheNewPart() {
        try (Replaceable model = new Replaceable();
                Dense first = model.head) {
            model.predict(x);
            assertThat(first.isBuilt()).isTrue();

            model.head = new Dense(5);

            assertThat(model.predict(x).shape()).isEqualTo(Shape.of(4, 5));
            assertThat(model.predict(x).toFloatArray())
                    .isEqualTo(model.head.apply(x).toFloatArray());
        }
    }

    @Test
    void predictUsesTheNewPartOfTheSameSize() {
        try (Replaceable model = new Replaceable();
                Dense first = model.head) {
            float[] before = model.predict(x).toFloatArray();
            assertThat(before).isEqualTo(first.apply(x).toFloatArray());

            model.head = new Dense(2);

            assertThat(model.predict(x).toFloatArray())
                    .isEqualTo(model.head.apply(x).toFloatArray())
                    .isNotEqualTo(before);
        }
    }
}
