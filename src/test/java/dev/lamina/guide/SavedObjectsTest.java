package dev.lamina.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.config.Config;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerOptions;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.losses.Loss;
import dev.lamina.losses.LossOptions;
import dev.lamina.losses.Losses;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** README's layer and loss that are saved and loaded. */
final class SavedObjectsTest {
    private static final class Scale extends Layer {
        private final double factor;

        Scale(double factor, LayerOptions options) {
            super(options);
            this.factor = factor;
        }

        static Scale fromConfig(Map<String, Object> config) {
            return new Scale(new LayerConfig(config).number("factor"), LayerOptions.fromConfig(config));
        }

        @Override
        protected Tensor call(Tensor inputs) {
            return Ops.multiply(inputs, factor);
        }

        @Override
        public Map<String, Object> config() {
            Map<String, Object> config = super.config();
            config.put("factor", factor);
            return config;
        }
    }

    private static final class PowerLoss extends Loss {
        private final double power;

        PowerLoss(double power, LossOptions options) {
            super(options);
            this.power = power;
        }

        static PowerLoss fromConfig(Config config) {
            return new PowerLoss(config.number("power"), LossOptions.fromConfig(config));
        }

        @Override
        protected Tensor perSample(Tensor target, Tensor prediction) {
            Tensor distance = Ops.abs(Ops.subtract(target, prediction));
            return Ops.mean(Ops.power(distance, power), -1);
        }

        @Override
        public Map<String, Object> config() {
            Map<String, Object> config = super.config();
            config.put("power", power);
            return config;
        }
    }

    @Test
    void theyComeBackFromAFile(@TempDir Path folder) {
        HostArray x = HostArray.zeros(Shape.of(8, 3), DType.FLOAT32).fill(i -> Math.sin(i));
        HostArray y = HostArray.zeros(Shape.of(8, 1), DType.FLOAT32).fill(i -> Math.cos(i));
        Path file = folder.resolve("own.keras");
        LayerRegistry.register("Scale", Scale.class, Scale::fromConfig);
        Losses.register("PowerLoss", PowerLoss::fromConfig);
        Model model = Sequential.of(new Dense(1), new Scale(2, LayerOptions.DEFAULT));
        model.compile("adam", new PowerLoss(3, LossOptions.DEFAULT));
        model.fit(x, y);
        model.save(file);
        Model loaded = Model.load(file);

        assertThat(loaded.evaluate(x, y)).isEqualTo(model.evaluate(x, y));
        model.close();
        loaded.close();
    }
}
