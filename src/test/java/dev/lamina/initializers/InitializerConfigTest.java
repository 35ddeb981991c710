package dev.lamina.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Initializers as data, in Keras's form. */
final class InitializerConfigTest {
    private static Map<String, Object> data(String className, Object... pairs) {
        return Config.entries(
                "module",
                "keras.initializers",
                "class_name",
                className,
                "config",
                Config.entries(pairs),
                "registered_name",
                OptionalLong.empty());
    }

    @Test
    void configsAreThoseOfKeras() {
        assertThat(Initializers.zeros().config()).isEqualTo(data("Zeros"));
        assertThat(Initializers.ones().config()).isEqualTo(data("Ones"));
        assertThat(Initializers.constant(2).config()).isEqualTo(data("Constant", "value", 2.0));
        assertThat(Initializers.identity(1).config()).isEqualTo(data("Identity"));
        assertThat(Initializers.randomNormal(0, 0.5).config())
                .isEqualTo(data("RandomNormal", "seed", OptionalLong.empty(), "mean", 0.0, "stddev", 0.5));
        assertThat(Initializers.randomUniform(-1, 1).seed(7).config())
                .isEqualTo(data("RandomUniform", "seed", 7L, "minval", -1.0, "maxval", 1.0));
        OptionalLong none = OptionalLong.empty();
        assertThat(Initializers.glorotUniform().config())
                .isEqualTo(data("GlorotUniform", "seed", none, "input_axes", none, "output_axes", none));
        assertThat(Initializers.of("variance_scaling").config())
                .isEqualTo(data(
                        "VarianceScaling",
                        "seed",
                        none,
                        "scale",
                        1.0,
                        "mode",
                        "fan_in",
                        "distribution",
                        "truncated_normal",
                        "input_axes",
                        none,
                        "output_axes",
                        none));
        assertThat(Initializers.orthogonal().config()).isEqualTo(data("Orthogonal", "seed", none, "gain", 1.0));
    }

    @Test
    void everyNameComesBackFromItsConfig() {
        for (String name : List.of(
                "zeros",
                "ones",
                "constant",
                "identity",
                "random_normal",
                "random_uniform",
                "truncated_normal",
                "variance_scaling",
                "glorot_uniform",
                "glorot_normal",
                "he_uniform",
                "he_normal",
                "lecun_uniform",
                "lecun_normal",
                "orthogonal",
                "zero",
                "one",
                "uniform",
                "normal",
                "OrthogonalInitializer",
                "IdentityInitializer")) {
            Map<String, Object> config = Initializers.of(name).config();
            assertThat(Initializers.fromConfig(config).config()).as(name).isEqualTo(config);
        }
        Map<String, Object> config = new VarianceScaling(
                        2, VarianceScaling.Fan.OUT, VarianceScaling.Distribution.NORMAL)
                .axes(List.of(0), List.of(1, 2))
                .config();
        assertThat(Initializers.fromConfig(config).config()).isEqualTo(config);
        assertThat(Initializers.fromConfig(Initializers.identity(3).config())).isEqualTo(Initializers.identity(3));
    }

    @Test
    void olderFormsAreRead() {
        // Keras 2: a type, and neither module nor registered name.
        assertThat(Initializers.fromConfig(Map.of("class_name", "Zeros", "config", Map.of("dtype", "float32"))))
                .isEqualTo(Initializers.zeros());
        Map<String, Object> normal = Map.of("mode", "fan_avg", "distribution", "normal", "seed", 3, "dtype", "float32");
        Initializer scaling = Initializers.fromConfig(Map.of("class_name", "VarianceScaling", "config", normal));
        HostArray expected = new VarianceScaling(
                        1, VarianceScaling.Fan.AVERAGE, VarianceScaling.Distribution.TRUNCATED_NORMAL)
                .seed(3)
                .apply(Shape.of(4, 4), DType.FLOAT32);
        assertThat(scaling.apply(Shape.of(4, 4), DType.FLOAT32).toFloatArray())
                .containsExactly(expected.toFloatArray());
        Map<String, Object> generator = data("SeedGenerator", "name", "seed_generator", "seed", 11L);
        assertThat(Initializers.fromConfig(data("RandomNormal", "seed", generator)))
                .isEqualTo(Initializers.randomNormal(0, 0.05).seed(11));
    }

    @Test
    void oneOfYourOwnIsRegistered() {
        record Count(double from) implements Initializer {
            @Override
            public HostArray apply(Shape shape, DType dtype) {
                return HostArray.zeros(shape, dtype).fill(i -> from + i);
            }

            @Override
            public Map<String, Object> config() {
                return data("Count", "from", from);
            }
        }
        Initializers.register("Count", config -> new Count(config.number("from", 0)));
        assertThat(Initializers.fromConfig(new Count(3).config())).isEqualTo(new Count(3));
        assertThat(Initializers.of("count")).isEqualTo(new Count(0));
    }

    @Test
    void errorsNameWhatIsWrong() {
        assertThatThrownBy(() -> Initializers.of("glorot_unifrom"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "[initializer] expected a registered initializer; received \"glorot_unifrom\". Did "
                                + "you mean ")
                .hasMessageContaining("glorot_uniform");
        assertThatThrownBy(() -> Initializers.fromConfig(data("VarianceScaling", "mode", "fan_sum")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(
                        "[VarianceScaling] expected fan_in, fan_out or fan_avg for \"mode\"; received fan_sum in {");
        assertThatThrownBy(() -> Initializers.fromConfig(data("RandomNormal", "seed", 1.5)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("[RandomNormal] expected a whole number for \"seed\"; received 1.5 in {seed=1.5}.");
        assertThatThrownBy(() -> Initializers.fromConfig(data("Constant", "value", List.of(1, 2))))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[Constant] expected a number for \"value\"; received [1, 2] in {");
        assertThatThrownBy(() -> Initializers.fromConfig(Map.of("config", Map.of())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(
                        "[initializer] expected a map with a \"class_name\" and a \"config\"; received ");
        Initializer lambda = HostArray::zeros;
        assertThatThrownBy(lambda::config)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(
                        "[initializer] expected an initializer with a config, to write it to a file; received ");
    }
}
