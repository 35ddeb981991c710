package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which dtype policy a layer has. */
final class DTypePolicyTest {
    @AfterEach
    void restore() {
        DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
    }

    @Test
    void namesAreKeras() {
        DTypePolicy mixed = DTypePolicy.of("mixed_float16");
        assertThat(mixed.compute()).isEqualTo(DType.FLOAT16);
        assertThat(mixed.variable()).isEqualTo(DType.FLOAT32);
        assertThat(mixed.isMixed()).isTrue();
        assertThat(mixed.name()).isEqualTo("mixed_float16");
        assertThat(DTypePolicy.of("mixed_bfloat16").compute()).isEqualTo(DType.BFLOAT16);
        assertThat(DTypePolicy.of("bfloat16"))
                .isEqualTo(new DTypePolicy(DType.BFLOAT16, DType.BFLOAT16))
                .hasToString("bfloat16");
        assertThatThrownBy(() -> new DTypePolicy(DType.INT32, DType.INT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[dtype policy] expected floating-point types; received compute int32 and variable int32.");
        assertThatThrownBy(() -> new DTypePolicy(DType.FLOAT32, DType.FLOAT16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[dtype policy] expected one type for all, or to compute in float16 or bfloat16 with "
                        + "variables in float32; received compute float32 and variable float16.");
    }

    @Test
    void whatNamesThereAre() {
        String names = "[dtype policy] expected one of float32, float64, bfloat16, float16, mixed_bfloat16, "
                + "mixed_float16; received ";
        assertThatThrownBy(() -> DTypePolicy.setGlobal("mixed_bf16"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(names + "\"mixed_bf16\".");
        assertThatThrownBy(() -> DTypePolicy.of("int32"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(names + "\"int32\".");
    }

    @Test
    void layersAndModelsTakeTheGlobalOneWhenTheyAreMade() {
        Dense before = new Dense(3);
        DTypePolicy.setGlobal("mixed_bfloat16");
        Dense after = new Dense(3);
        Sequential model = Sequential.of(after);
        assertThat(before.dtypePolicy()).isEqualTo(DTypePolicy.FLOAT32);
        assertThat(after.dtypePolicy().name()).isEqualTo("mixed_bfloat16");
        assertThat(model.dtypePolicy().name()).isEqualTo("mixed_bfloat16");
        assertThat(DTypePolicy.global().name()).isEqualTo("mixed_bfloat16");
        DTypePolicy.setGlobal("float32");
        assertThat(after.dtypePolicy().name()).isEqualTo("mixed_bfloat16");
        assertThat(new Dense(3).dtypePolicy()).isEqualTo(DTypePolicy.FLOAT32);
    }

    @Test
    void aLayersOwnGoesBefore() {
        DTypePolicy.setGlobal("mixed_float16");
        assertThat(Dense.of(3).dtype("float32").build().dtypePolicy()).isEqualTo(DTypePolicy.FLOAT32);
        assertThat(Dense.of(3).dtype(DTypePolicy.FLOAT64).build().dtypePolicy()).isEqualTo(DTypePolicy.FLOAT64);
        LayerOptions options = LayerOptions.named("s").withDType("float32");
        assertThat(new Sequential(options).dtypePolicy()).isEqualTo(DTypePolicy.FLOAT32);
    }

    /** A file says the policy of each layer; one that doesn't, of an older Keras, means the global one. */
    @Test
    void itComesBackFromAConfig() {
        Dense layer = Dense.of(3).dtype("mixed_float16").build();
        DTypePolicy.setGlobal("mixed_bfloat16");
        assertThat(Dense.fromConfig(layer.config()).dtypePolicy().name()).isEqualTo("mixed_float16");
        Map<String, Object> silent = new HashMap<>(layer.config());
        silent.remove("dtype");
        assertThat(Dense.fromConfig(silent).dtypePolicy().name()).isEqualTo("mixed_bfloat16");
        silent.put("dtype", "int8_from_mixed_bfloat16");
        assertThatThrownBy(() -> Dense.fromConfig(silent))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("[config] expected a dtype policy that Lamina knows. ")
                .hasMessageContaining("int8_from_mixed_bfloat16");
    }

    @Test
    void weightsAreOfTheVariableType() {
        try (Dense layer = Dense.of(3).dtype("mixed_float16").build();
                Dense half = Dense.of(3).dtype("float16").build()) {
            layer.buildFor(Shape.of(2, 5));
            half.buildFor(Shape.of(2, 5));
            assertThat(layer.weights())
                    .allSatisfy(weight -> assertThat(weight.dtype()).isEqualTo(DType.FLOAT32));
            assertThat(half.weights())
                    .allSatisfy(weight -> assertThat(weight.dtype()).isEqualTo(DType.FLOAT16));
        }
    }
}
