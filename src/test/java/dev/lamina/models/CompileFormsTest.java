package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.losses.Huber;
import dev.lamina.optimizers.Adam;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What is compiled with is given by name or as an object, in any mixture. */
final class CompileFormsTest {
    private static void assertSame(Consumer<Model> one, Consumer<Model> other) {
        HostArray x = HostArray.zeros(Shape.of(10, 3), DType.FLOAT32).fill(i -> Math.sin(i));
        HostArray y = HostArray.zeros(Shape.of(10, 1), DType.FLOAT32).fill(i -> i % 2);
        try (Model a = Sequential.of(new Dense(1));
                Model b = Sequential.of(new Dense(1))) {
            a.buildFor(x.shape());
            b.buildFor(x.shape());
            b.setWeightValues(a.weightValues());
            one.accept(a);
            other.accept(b);
            FitOptions quiet = FitOptions.epochs(2).shuffle(false).verbose(false);
            assertThat(a.fit(x, y, quiet).values()).isEqualTo(b.fit(x, y, quiet).values());
        }
    }

    @Test
    void anOptimizerWithTheNameOfALoss() {
        assertSame(
                model -> model.compile(new Adam(1e-3), "mse", "mae", "mape"),
                model -> model.compile("adam", "mse", "mae", "mape"));
    }

    @Test
    void theNameOfAnOptimizerWithALoss() {
        assertSame(
                model -> model.compile("adam", new Huber(), "mae"),
                model -> model.compile(new Adam(), new Huber(), "mae"));
    }

    @Test
    void severalMetricsByName() {
        assertSame(
                model -> model.compile(CompileOptions.with("adam").loss("mse").metrics("mae", "mape")),
                model -> model.compile("adam", "mse", "mae", "mape"));
    }
}
