package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What layers refuse at their construction, when built, and in a config. */
final class LayerArgumentTest {
    private static void refuses(Supplier<Layer> layer, String message) {
        assertThatThrownBy(layer::get)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static void refuses(Layer layer, String message, Shape... inputs) {
        try (layer) {
            assertThatThrownBy(() -> layer.apply(List.of(inputs).stream()
                            .map(shape -> Ops.ones(shape.sizes()))
                            .toList()))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith(message);
        }
    }

    private static void refusesConfig(String className, Map<String, Object> config, String message) {
        assertThatThrownBy(() -> LayerRegistry.deserialize(Map.of("class_name", className, "config", config)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    private static LayerOptions named(String name) {
        return LayerOptions.named(name);
    }

    @Test
    void arguments() {
        refuses(
                () -> new Permute(new int[] {1, 3}, named("p")),
                "[p] expected each axis from 1 to 2 once; received [1, 3].");
        refuses(() -> new RepeatVector(0, named("r")), "[r] expected to repeat at least once; received 0.");
        refuses(() -> new LeakyReLU(-1, named("l")), "[l] expected a negativeSlope of 0 or more; received -1.0.");
        refuses(
                () -> ReLU.of().threshold(-1).name("r").build(),
                "[r] expected maxValue, negativeSlope and threshold of 0 or more; received OptionalDouble.empty, 0.0 and -1.0.");
        refuses(() -> PReLU.of().sharedAxes(0).name("p").build(), "[p] expected shared axes from 1 on; received [0].");
        refuses(
                () -> Embedding.of(0, 3).name("e").build(),
                "[e] expected a table of at least one row and column; received inputDim 0 and outputDim 3.");
        refuses(
                () -> GroupNormalization.of(0).name("g").build(),
                "[g] expected a positive number of groups, or -1 for as many as there are channels; received 0.");
        refuses(
                () -> new UpSampling2D(2, 2, "bicubic", named("u")),
                "[u] expected interpolation \"nearest\" or \"bilinear\"; received \"bicubic\".");
        refuses(() -> new UpSampling1D(0, named("u")), "[u] expected factors of 1 or more; received [0].");
        refuses(
                () -> new ZeroPadding1D(new int[] {1, -1}, named("z")),
                "[z] expected amounts of 0 or more; received 1 and -1.");
        refuses(
                () -> new ZeroPadding2D(new int[] {1, 1}, named("z")),
                "[ZeroPadding2D] expected 4 amounts, two a spatial axis; received 2.");
        refuses(
                () -> new GaussianDropout(1, java.util.OptionalLong.empty(), named("g")),
                "[g] expected a rate from 0 to less than 1; received 1.0.");
        refuses(
                () -> new AlphaDropout(1.5, java.util.OptionalLong.empty(), named("a")),
                "[a] expected a rate from 0 to 1; received 1.5.");
        refuses(
                () -> new GaussianNoise(-1, java.util.OptionalLong.empty(), named("g")),
                "[g] expected a standard deviation of 0 or more; received -1.0.");
        refuses(
                () -> new SpectralNormalization(new Dense(2), 0, named("s")),
                "[s] expected at least one power iteration; received 0.");
        refuses(
                () -> new CategoryEncoding(3, "int", named("c")),
                "[c] expected output mode multi_hot, one_hot or count; received \"int\".");
    }

    @Test
    void inputs() {
        refuses(
                new Subtract(named("s")),
                "[s] expected exactly 2 inputs; received 3: [(2, 3), (2, 3), (2, 3)]. Use apply(List.of(a, b)).",
                Shape.of(2, 3),
                Shape.of(2, 3),
                Shape.of(2, 3));
        refuses(
                new Add(named("a")),
                "[a] expected inputs of one batch size; received [(2, 3), (4, 3)].",
                Shape.of(2, 3),
                Shape.of(4, 3));
        refuses(
                new Concatenate(1, named("c")),
                "[concat] expected shapes that agree on all axes but 1; received [float32 (2, 3, 4), float32 (2, 3, 5)].",
                Shape.of(2, 3, 4),
                Shape.of(2, 3, 5));
        refuses(
                new Dot(1, false, named("d")),
                "[d] expected as many elements along axis 1 of the first input as along axis 1 of the second; "
                        + "received shapes [(2, 3), (2, 4)].",
                Shape.of(2, 3),
                Shape.of(2, 4));
        refuses(
                new Dot(0, false, named("d")),
                "[d] expected tensors of rank 2 or more and axes behind the batch axis; received shapes [(2, 3), (2, 3)] "
                        + "and axes [0, 0].",
                Shape.of(2, 3),
                Shape.of(2, 3));
        refuses(
                GroupNormalization.of(4).name("g").build(),
                "[g] expected a known number of channels that is a multiple of 4 groups; received shape (2, 6) and axis -1.",
                Shape.of(2, 6));
        refuses(
                new Cropping1D(new int[] {2, 1}, named("c")),
                "[c] expected an input larger than what is cut off, [2, 1]; received shape (2, 3, 1).",
                Shape.of(2, 3, 1));
        refuses(
                new LayerNormalization(1, -1),
                "[axis] expected each axis once; received [1, -1] of (2, 3).",
                Shape.of(2, 3));
        refuses(
                EinsumDense.of("abc,cd->abd", 7, 2).name("e").build(),
                "[e] expected the input's size 5 for axis b; received the equation \"abc,cd->abd\" and outputShape (7, 2).",
                Shape.of(2, 5, 3));
        assertThatThrownBy(() -> NN.glu(Ops.ones(2, 3), -1))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[glu] expected an even number of elements along axis -1, to split it in two; received "
                        + "float32 (2, 3).");
    }

    @Test
    void aWrapperNeedsAKernel() {
        try (SpectralNormalization layer = new SpectralNormalization(new Flatten(named("f")), 1, named("s"))) {
            assertThatThrownBy(() -> layer.apply(Ops.ones(2, 3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                            "[s] expected a layer with a weight called kernel or embeddings; received " + "Flatten");
        }
    }

    @Test
    void configs() {
        refusesConfig("BatchNormalization", Map.of("synchronized", true), "for \"synchronized\"; received true");
        refusesConfig("BatchNormalization", Map.of("renorm", true), "for \"renorm\"; received true");
        refusesConfig("LayerNormalization", Map.of("rms_scaling", true), "for \"rms_scaling\"; received true");
        refusesConfig(
                "UpSampling2D",
                Map.of("data_format", "channels_first"),
                "for \"data_format\"; received channels_first");
        refusesConfig("UpSampling2D", Map.of("interpolation", "lanczos3"), "for \"interpolation\"; received lanczos3");
        refusesConfig("Flatten", Map.of("data_format", "channels_first"), "for \"data_format\"");
        refusesConfig("Cropping2D", Map.of("cropping", List.of(1, 2, 3)), "for \"cropping\"; received [1, 2, 3]");
        refusesConfig(
                "Lambda",
                Map.of("function", Map.of("class_name", "__lambda__", "config", Map.of("code", "4wAAAA"))),
                "received code, which is never run");
        refusesConfig("Lambda", Map.of("function", "unheard_of"), "expected a registered function, one of");
        refusesConfig("Embedding", Map.of("input_dim", 2), "\"output_dim\"");
    }
}
