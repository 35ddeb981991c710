package dev.lamina.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The kernels of a short-time Fourier transform against those that Keras makes. */
final class StftTest {
    /** What is made with a shape and a config, recorded with Keras. */
    private record Recorded(int[] shape, Map<String, Object> config, double[] values) {}

    private record Recording(List<Recorded> cases) {}

    private static List<Recorded> recorded() throws IOException {
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(StftTest.class.getResourceAsStream("stft.json")), StandardCharsets.UTF_8)) {
            return new Gson().fromJson(reader, Recording.class).cases();
        }
    }

    @Test
    void kernelsAreThoseOfKeras() throws IOException {
        List<Recorded> all = recorded();
        assertThat(all).hasSize(41);
        for (Recorded one : all) {
            Initializer initializer = Initializers.fromConfig(one.config());
            double[] made =
                    initializer.apply(Shape.of(one.shape()), DType.FLOAT32).toDoubleArray();
            assertThat(made)
                    .as("%s, shape %s", one.config(), Arrays.toString(one.shape()))
                    .hasSize(one.values().length);
            for (int i = 0; i < made.length; i++) {
                // Keras computes in float32: angles up to 40 have an error of 2e-6.
                assertThat(made[i])
                        .as("element %d of %s, shape %s", i, one.config(), Arrays.toString(one.shape()))
                        .isCloseTo(one.values()[i], within(2e-6));
            }
        }
    }

    @Test
    void configIsThatOfKeras() throws IOException {
        for (Recorded one : recorded()) {
            assertThat(Initializers.fromConfig(one.config()).config()).isEqualTo(one.config());
        }
    }

    @Test
    void defaultsAreThoseOfKeras() {
        Map<String, Object> read = new LinkedHashMap<>(Map.of("class_name", "STFTInitializer"));
        read.put("config", Map.of("side", "imag"));
        assertThat(Initializers.fromConfig(read)).isEqualTo(Initializers.stft(Stft.Side.IMAG));
    }

    @Test
    void unknownWindowIsRefusedWithTheKnownOnes() {
        Stft stft = Initializers.stft(Stft.Side.REAL);
        assertThatThrownBy(() -> stft.window("kaiser"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[window] expected one of [barthann, bartlett, blackman, blackmanharris, bohman, boxcar, "
                        + "cosine, flattop, hamming, hann, nuttall, triang]; received \"kaiser\". Give another window by "
                        + "its factors.");
        Map<String, Object> config = Map.of("class_name", "STFT", "config", Map.of("side", "real", "window", "kaiser"));
        assertThatThrownBy(() -> Initializers.fromConfig(config))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected a list of factors or one of [barthann, bartlett, ")
                .hasMessageContaining("for \"window\"; received kaiser in ");
    }

    @Test
    void windowOfAnotherLengthIsRefused() {
        Stft stft = Initializers.stft(Stft.Side.REAL).window(1, 2, 1);
        assertThatThrownBy(() -> stft.apply(Shape.of(4, 1, 3), DType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[window] expected a factor for each of the frame's 4 samples; received 3.");
    }

    @Test
    void otherShapesAreRefused() {
        Stft stft = Initializers.stft(Stft.Side.REAL);
        for (Shape shape : List.of(Shape.of(4, 3), Shape.of(4, 1, 1))) {
            assertThatThrownBy(() -> stft.apply(shape, DType.FLOAT32))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[stft] expected a shape (frame, channels, bands) with 2 bands or more; received "
                            + shape + ". Use it for the kernel of a Conv1D.");
        }
    }
}
