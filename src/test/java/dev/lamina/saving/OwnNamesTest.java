package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.callbacks.ModelCheckpoint;
import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.losses.Huber;
import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.metrics.MeanMetric;
import dev.lamina.metrics.Metrics;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects of one's own that are called as those of Keras, or not known at all. */
class OwnNamesTest {
    @Test
    void aClassMayNotTakeTheNameOfOneOfKeras() {
        assertThatThrownBy(() -> Losses.register("Huber", config -> new Huber()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[loss] expected a name that Keras has no loss of; received \"Huber\". Give your class another "
                                + "name.");
    }

    @Test
    void anotherClassOfTheSameNameIsNotTakenForOneOfKeras() {
        for (String registered : new String[] {"Custom>Huber", "Huber"}) {
            Map<String, Object> form = Config.entries(
                    "module",
                    Optional.empty(),
                    "class_name",
                    "Huber",
                    "config",
                    Map.of(),
                    "registered_name",
                    registered);
            assertThatThrownBy(() -> Losses.deserialize(form))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith("[loss] expected a registered loss; received \"" + registered + "\".");
            assertThatThrownBy(() -> Metrics.deserialize(Config.entries(
                            "module",
                            Optional.empty(),
                            "class_name",
                            "Mean",
                            "config",
                            Map.of(),
                            "registered_name",
                            registered.replace("Huber", "Mean"))))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith("[metric] expected a registered metric; received ");
        }
    }

    @Test
    void aFunctionMayNotBeWrittenByTheNameOfOneOfKeras() {
        assertThatThrownBy(() -> Losses.serialize(Loss.of(
                        "mse", (target, prediction) -> Ops.mean(Ops.square(Ops.subtract(target, prediction)), -1))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "[mse] expected a function by a name that Keras has no loss of, to write it to a file. Give "
                                + "it another name.");
        assertThatThrownBy(() -> Metrics.serialize(MeanMetric.of(
                        "accuracy", (target, prediction) -> Ops.mean(Ops.subtract(target, prediction), -1))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("[accuracy] expected a function by a name that Keras has no metric of");
    }

    @Test
    void weightsOfAnUnregisteredLayerAreCheckpointedByTheirFilesEnding(@TempDir Path folder) {
        Path file = folder.resolve("best.weights.h5");
        Layer unregistered = new Layer() {
            @Override
            protected Tensor call(Tensor x) {
                return x;
            }
        };
        try (Model model = Sequential.of(new Dense(1), unregistered)) {
            model.compile("sgd", "mse");
            model.fit(
                    HostArray.of(new float[] {1, 2, 3, 4}, 4, 1),
                    HostArray.of(new float[] {1, 2, 3, 4}, 4, 1),
                    FitOptions.epochs(1)
                            .verbose(false)
                            .callbacks(ModelCheckpoint.to(file.toString()).build()));
        }
        assertThat(file).exists();
    }
}
