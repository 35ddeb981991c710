package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.Dense;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What fit validates on. */
final class ValidationDataTest {
    private final HostArray x = HostArray.zeros(Shape.of(10, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private final HostArray y = HostArray.zeros(Shape.of(10, 1), DType.FLOAT32).fill(i -> Math.cos(i));

    /** Notes how many samples a training has. */
    private static final class Sizes implements Callback {
        private final List<Integer> samples = new ArrayList<>();

        @Override
        public void onTrainBegin(Plan plan, TrainingContext training) {
            samples.add(plan.samples().orElseThrow());
        }
    }

    @Test
    void givenDataMakeTheSplitIneffective() {
        Sizes sizes = new Sizes();
        try (Sequential model = Sequential.of(new Dense(1))) {
            model.compile("sgd", "mse");

            model.fit(
                    x,
                    y,
                    FitOptions.DEFAULT
                            .verbose(false)
                            .validationSplit(0.5)
                            .validation(x.rows(0, 2), y.rows(0, 2))
                            .callback(sizes));
        }
        assertThat(sizes.samples).containsExactly(10);
    }
}
