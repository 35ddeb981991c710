package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.LayerOptions;
import dev.lamina.tensor.Shape;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Layers one after the other. */
final class SequentialTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    @Test
    void addAndPop() {
        Sequential model = Sequential.of(new Dense(3), new Dense(2));

        assertThat(model.pop().name()).isEqualTo("dense_1");
        assertThat(model.layers()).hasSize(1);
        assertThat(model.computeOutputShape(Shape.of(Shape.UNKNOWN, 4))).isEqualTo(Shape.of(Shape.UNKNOWN, 3));
        assertThatThrownBy(() -> model.add(new Dense(1)))
                .hasMessage(
                        "[sequential] expected add before the model is built; it is built. Make a new Sequential of its"
                                + " layers.");
        assertThatThrownBy(model::pop).hasMessageContaining("expected pop before the model is built");
        model.close();
    }

    @Test
    void namesDiffer() {
        Sequential model = Sequential.of(Dense.of(1).name("a").build());

        assertThatThrownBy(() -> model.add(Dense.of(2).name("a").build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[sequential] expected layers with different names; received a second \"a\". Give it a name of its"
                                + " own.");
    }

    @Test
    void summary() {
        try (Sequential model = new Sequential(LayerOptions.named("net"))) {
            model.add(new Flatten());
            model.add(new Dense(128, "relu"));
            model.add(new Dense(10, "softmax"));

            assertThat(model.summary(Shape.of(Shape.UNKNOWN, 28, 28))).isEqualTo("""
                    Model: "net"
                    ┌───────────────────┬──────────────┬─────────┐
                    │ Layer (type)      │ Output shape │ Param # │
                    ├───────────────────┼──────────────┼─────────┤
                    │ flatten (Flatten) │ (None, 784)  │       0 │
                    │ dense (Dense)     │ (None, 128)  │ 100,480 │
                    │ dense_1 (Dense)   │ (None, 10)   │   1,290 │
                    └───────────────────┴──────────────┴─────────┘
                     Total params: 101,770 (397.54 KB)
                     Trainable params: 101,770 (397.54 KB)
                     Non-trainable params: 0 (0.00 B)""");
        }
    }

    @Test
    void buildForBuildsTheLayersToo() {
        try (Sequential model = Sequential.of(new Dense(3), new Dense(2))) {
            model.buildFor(Shape.of(Shape.UNKNOWN, 4));

            assertThat(model.countParams()).isEqualTo(4 * 3 + 3 + 3 * 2 + 2);
            assertThat(model.weights().get(2).name()).isEqualTo("sequential/dense_1/kernel");
        }
    }

    @Test
    void summaryOfAnUnbuiltModel() {
        try (Sequential model = Sequential.of(new Dense(3))) {
            assertThat(model.summary()).contains("│ dense (Dense) │ ? (not built) │ ? (not built) │");
            assertThatThrownBy(model::countParams)
                    .hasMessage(
                            "[sequential] expected a built layer to count its parameters; it is not built yet. Call it on"
                                    + " data, or buildFor(inputShape), first.");
        }
    }

    @Test
    void nestedModels() {
        try (Sequential inner = Sequential.of(new Dense(4), new Dense(3));
                Sequential outer = Sequential.of(inner, new Dense(2))) {
            String summary = outer.summary(Shape.of(Shape.UNKNOWN, 5));

            assertThat(summary).contains("  dense_1 (Dense)").contains("sequential (Sequential)");
            assertThat(outer.weights()).hasSize(6);
            assertThat(outer.countParams()).isEqualTo(5 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2);
        }
    }
}
