package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.LayerOptions;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
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
        model.close();
    }

    @Test
    void aBuiltModelMayChange() {
        HostArray x = HostArray.zeros(Shape.of(2, 4), DType.FLOAT32).fill(i -> i);
        Dense first = new Dense(3);
        try (Sequential model = Sequential.of(first)) {
            model.compile("sgd", "mse");
            model.fit(
                    x,
                    HostArray.zeros(Shape.of(2, 3), DType.FLOAT32),
                    FitOptions.epochs(1).verbose(false));
            float[] kernel = first.weights().get(0).toFloatArray();

            model.add(new Dense(2));

            assertThat(model.isBuilt()).isFalse();
            assertThat(model.predict(x).shape()).isEqualTo(Shape.of(2, 2));
            assertThat(first.weights().get(0).toFloatArray()).isEqualTo(kernel);
            model.fit(
                    x,
                    HostArray.zeros(Shape.of(2, 2), DType.FLOAT32),
                    FitOptions.epochs(1).verbose(false));

            model.pop().close();

            assertThat(model.apply(x).shape()).isEqualTo(Shape.of(2, 3));
        }
    }

    @Test
    void aLayerMayStandTwice() {
        HostArray x = HostArray.zeros(Shape.of(2, 3), DType.FLOAT32).fill(i -> i);
        Dense twice = new Dense(3);
        try (Sequential model = Sequential.of(twice, new Dense(3), twice)) {
            float[] expected = model.apply(x).toFloatArray();
            assertThat(model.weights()).hasSize(4);

            try (Sequential rebuilt = Sequential.fromConfig(model.config())) {
                rebuilt.buildFor(Shape.of(2, 3));
                rebuilt.setWeightValues(model.weightValues());

                assertThat(rebuilt.layers()).hasSize(2);
                assertThat(rebuilt.config()).isEqualTo(model.config());
                assertThat(rebuilt.apply(x).toFloatArray()).isEqualTo(expected);
            }
        }
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
