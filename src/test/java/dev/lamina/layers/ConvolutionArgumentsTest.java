package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What convolution and pooling layers say of arguments that can't be, and how they read Keras's configs. */
class ConvolutionArgumentsTest {
    private static void refuses(ThrowingCallable call, Class<?> type, String message) {
        assertThatThrownBy(call).isInstanceOf(type).hasMessage(message);
    }

    @Test
    void refusesImpossibleArguments() {
        refuses(
                () -> Conv2D.of(5, 3).groups(2).name("c").build(),
                IllegalArgumentException.class,
                "[c] expected a positive number of filters that is a multiple of groups; received filters 5 and groups "
                        + "2.");
        refuses(
                () -> Conv2D.of(4, 1, 2, 3),
                ShapeException.class,
                "[window] expected a kernel size for 2 axes, or one for all; received [1, 2, 3].");
        refuses(
                () -> Conv2D.of(4, 3).padding("causal").name("c").build(),
                IllegalArgumentException.class,
                "[c] expected padding \"valid\" or \"same\"; received \"causal\".");
        refuses(
                () -> Conv1D.of(4, 3).padding("full").name("c").build(),
                IllegalArgumentException.class,
                "[c] expected padding \"valid\", \"same\" or \"causal\"; received \"full\".");
        refuses(
                () -> Conv2DTranspose.of(4, 3)
                        .strides(2)
                        .outputPadding(1, 2)
                        .name("c")
                        .build(),
                IllegalArgumentException.class,
                "[c] expected an output padding of at least 0 and less than the stride along each axis; received "
                        + "[1, 2] and strides (2, 2).");
        refuses(
                () -> DepthwiseConv1D.of(3).depthMultiplier(0).name("c").build(),
                IllegalArgumentException.class,
                "[c] expected a positive depth multiplier; received 0.");
        refuses(
                () -> MaxPooling1D.of(2).padding("causal").name("p").build(),
                IllegalArgumentException.class,
                "[p] expected padding \"valid\" or \"same\"; received \"causal\".");
    }

    @Test
    void refusesInputsThatDontFit() {
        assertThatThrownBy(() -> Conv2D.of(4, 3).groups(2).name("c").build().buildFor(Shape.of(1, 8, 8, 3)))
                .isInstanceOf(ShapeException.class)
                .hasMessageStartingWith(
                        "[c] expected a number of channels that is a multiple of 2 groups; received 3 channels.");
        assertThatThrownBy(() -> Conv1D.of(4, 3).name("c").build().buildFor(Shape.of(1, 8, Shape.UNKNOWN)))
                .isInstanceOf(ShapeException.class)
                .hasMessageStartingWith("[c] expected a known number of channels, the last axis of the input; received "
                        + "shape (1, 8, None).");
        Conv1D built = Conv1D.of(4, 3).name("c").build();
        built.buildFor(Shape.of(1, 8, 2));
        assertThatThrownBy(() -> built.computeOutputShape(Shape.of(1, 8, 3)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining(
                        "expected the last axis of the input to be 2, fixed when the layer was built; received shape "
                                + "(1, 8, 3).");
    }

    private static Layer read(String name, Map<String, Object> config) {
        return LayerRegistry.deserialize(Map.of("class_name", name, "config", config));
    }

    @Test
    void readsOneNumberForAllAxesAndOtherNames() {
        Layer layer = read("Convolution2D", Map.of("filters", 4, "kernel_size", 3, "strides", 2));
        assertThat(layer).isInstanceOf(Conv2D.class);
        assertThat(layer.config())
                .containsEntry("kernel_size", List.of(3, 3))
                .containsEntry("strides", List.of(2, 2))
                .containsEntry("dilation_rate", List.of(1, 1))
                .containsEntry("padding", "valid");
        assertThat(LayerRegistry.serialize(layer)).containsEntry("class_name", "Conv2D");
        assertThat(read("MaxPool1D", Map.of()).config())
                .containsEntry("pool_size", List.of(2))
                .containsEntry("strides", List.of(2));
        assertThat(read("GlobalAvgPool3D", Map.of())).isInstanceOf(GlobalAveragePooling3D.class);
    }

    @Test
    void refusesChannelsFirst() {
        for (String name : List.of("Conv1D", "Conv2DTranspose", "MaxPooling2D", "GlobalMaxPooling1D")) {
            Map<String, Object> config = new LinkedHashMap<>();
            config.put("name", "layer");
            config.put("data_format", "channels_first");
            config.put("filters", 2);
            config.put("kernel_size", 3);
            assertThatThrownBy(() -> read(name, config))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("[layer] expected one of [channels_last] for \"data_format\"; received "
                            + "channels_first");
        }
    }
}
