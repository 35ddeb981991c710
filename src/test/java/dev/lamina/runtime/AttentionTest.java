package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ShapeException;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Input;
import dev.lamina.layers.Layer;
import dev.lamina.models.Functional;
import dev.lamina.models.Sequential;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Attention beside numbers of Keras 3.15.1, where heads share keys and rows have no key left; its gradients and errors.
 */
final class AttentionTest {
    private static final float[] QUERY = {
        0.875f, -0.5f, -0.625f, -0.125f, 0.75f, 0.0f, 0.75f, 0.25f, 0.0f, -0.125f, -0.25f, -0.5f, 1.0f, -0.125f, 0.5f,
        -1.0f, 0.375f, -0.25f, 0.5f, -0.375f, 1.0f, -1.0f, -0.75f, 0.125f, 0.75f, -0.25f, -0.5f, 0.75f, 0.125f, -0.625f,
        -0.625f, 0.0f, 1.0f, -0.875f, -1.0f, 1.0f, 0.5f, -0.125f, 0.25f, 0.125f, -0.625f, -1.0f, -0.125f, -1.0f, -0.5f,
        -0.625f, -0.875f, -0.625f
    };
    private static final float[] KEY = {
        -0.875f, -0.5f, -0.875f, -0.375f, 0.125f, -0.75f, -0.625f, 0.375f, 0.875f, 1.0f, 0.5f, 0.375f, 0.125f, 0.125f,
        0.5f, -0.625f, 0.75f, 0.75f, 0.875f, -0.625f, 1.0f, -0.5f, 0.375f, 0.0f, 0.375f, 0.875f, 0.625f, -0.125f,
        -0.625f, 0.5f, 0.5f, 0.875f, 0.0f, -0.25f, -0.25f, 0.5f, -0.125f, 0.25f, 0.875f, -0.375f
    };
    private static final float[] VALUE = {
        -0.5f, 0.125f, 0.125f, -1.0f, -0.75f, 0.5f, -0.25f, 0.0f, -0.75f, 0.25f, 0.75f, -0.25f, 0.25f, -0.375f, 0.875f,
        0.5f, 0.125f, 0.0f, 0.875f, -0.375f, 0.125f, -0.5f, 0.5f, 0.125f, 0.375f, -0.25f, -0.875f, 0.375f, 0.5f, 0.5f,
        0.625f, -0.5f, -0.125f, 0.125f, -0.25f, 0.875f, 0.375f, 1.0f, -0.375f, -0.625f
    };
    private static final float[] BIAS = {
        0.625f, -1.0f, -0.875f, 0.625f, 0.0f, 0.75f, 0.625f, 0.125f, 0.25f, -1.0f, -0.75f, 1.0f, -0.25f, 0.125f, 0.125f,
        0.625f, 0.375f, -0.875f, 0.75f, 1.0f, 1.0f, 0.75f, -0.875f, -1.0f, 0.625f, 0.25f, 0.0f, -0.875f, -0.5f, 0.5f,
        0.25f, -0.125f, 0.875f, -1.0f, -0.125f, 0.5f, 1.0f, -1.0f, 0.5f, 0.125f, 0.75f, -0.75f, 1.0f, 0.375f, -0.375f,
        1.0f, 0.125f, 0.375f, 0.25f, -1.0f, 0.0f, -0.5f, -0.375f, 0.375f, 0.75f, 0.25f, 1.0f, -0.125f, 0.875f, 1.0f
    };
    private static final double[] GROUPED = {
        -0.341098, 0.126735, -0.350698, 0.10512, 0.614895, -0.162193, 0.598141, -0.16612, -0.33232, 0.105549, -0.366197,
        0.125301, 0.660938, -0.146839, 0.639233, -0.1628, -0.332737, 0.112569, -0.338471, 0.119217, 0.71023, -0.128611,
        0.310811, -0.313619, 0.210514, 0.030012, 0.309364, 0.266275, -0.140422, 0.016717, -0.06495, 0.128977, 0.170549,
        -0.068182, 0.337693, 0.324279, -0.101766, -0.008731, -0.067124, 0.023142, 0.212799, 0.211532, 0.194892,
        0.127054, -0.121821, 0.091109, -0.113329, 0.140044
    };
    private static final double[] MASKED = {
        -0.341098, 0.126735, -0.350698, 0.10512, 0.614895, -0.162193, 0.598141, -0.16612, -0.325, 0.1, -0.325, 0.1,
        0.475, -0.225, 0.475, -0.225, -0.680218, 0.310191, -0.68367, 0.317771, 0.342626, -0.426325, 0.113229, -0.460523,
        0.210514, 0.030012, 0.309364, 0.266275, -0.140422, 0.016717, -0.06495, 0.128977, 0.25, 0.175, 0.25, 0.175,
        -0.075, 0.05, -0.075, 0.05, 0.325746, -0.047449, 0.284166, -0.160144, 0.022822, 0.062205, 0.039771, 0.059246
    };
    /** With bias and mask, causal, scale 0.5. */
    private static final double[] ALL = {
        -0.5, 0.125, -0.5, 0.125, 0.125, -1.0, 0.125, -1.0, -0.325, 0.1, -0.325, 0.1, 0.475, -0.225, 0.475, -0.225,
        -0.725148, 0.41556, -0.647015, 0.306435, 0.477272, -0.491242, -0.016649, -0.321007, 0.125, -0.5, 0.125, -0.5,
        0.5, 0.125, 0.5, 0.125, 0.25, 0.175, 0.25, 0.175, -0.075, 0.05, -0.075, 0.05, 0.368156, -0.08878, 0.237934,
        -0.303243, 0.416226, -0.123181, -0.264454, 0.178028
    };

    private final Scope scope = Scope.open();
    private final Tensor query = Ops.tensor(QUERY, 2, 3, 4, 2);
    private final Tensor key = Ops.tensor(KEY, 2, 5, 2, 2);
    private final Tensor value = Ops.tensor(VALUE, 2, 5, 2, 2);

    @AfterEach
    void close() {
        scope.close();
    }

    /** The second query may attend to no key, the third to three. */
    private static Tensor mask() {
        HostArray mask = HostArray.zeros(Shape.of(1, 1, 3, 5), DType.BOOL);
        return Ops.tensor(mask.fill(i -> i < 5 || i >= 10 && i < 13 ? 1 : 0));
    }

    private static void assertGives(Tensor actual, double... expected) {
        assertThat(actual.shape()).isEqualTo(Shape.of(2, 3, 4, 2));
        assertThat(actual.toHost().toDoubleArray()).containsExactly(expected, within(2e-6));
    }

    @Test
    void headsOfQueriesShareAHeadOfKeys() {
        assertGives(NN.dotProductAttention(query, key, value), GROUPED);
    }

    @Test
    void aMaskAndAQueryWithoutAnyKey() {
        assertGives(NN.dotProductAttention(query, key, value, AttentionOptions.DEFAULT.mask(mask())), MASKED);
    }

    @Test
    void allOptionsTogether() {
        AttentionOptions options = AttentionOptions.DEFAULT
                .bias(Ops.tensor(BIAS, 1, 4, 3, 5))
                .mask(mask())
                .scale(0.5)
                .causal(true);
        assertGives(NN.dotProductAttention(query, key, value, options), ALL);
    }

    @Test
    void halfPrecision() {
        for (DType type : List.of(DType.FLOAT16, DType.BFLOAT16)) {
            Tensor y = NN.dotProductAttention(
                    Ops.cast(query, type),
                    Ops.cast(key, type),
                    Ops.cast(value, type),
                    AttentionOptions.DEFAULT.mask(mask()));
            assertThat(y.dtype()).isEqualTo(type);
            double most = type == DType.FLOAT16 ? 1e-3 : 1e-2;
            assertThat(y.toHost().toDoubleArray()).containsExactly(MASKED, within(most));
        }
    }

    @Test
    void gradientsReachSharedHeads() {
        double step = 1e-3;
        HostArray keys = HostArray.of(KEY, 2, 5, 2, 2);
        AttentionOptions options = AttentionOptions.DEFAULT.causal(true);
        Tensor gradient;
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(key);
            Tensor loss = Ops.sum(Ops.square(NN.dotProductAttention(query, key, value, options)));
            gradient = tape.gradient(loss, List.of(key)).get(0);
        }
        for (int i = 0; i < KEY.length; i++) {
            double[] losses = new double[2];
            for (int side = 0; side < 2; side++) {
                double moved = KEY[i] + (side == 0 ? -step : step);
                int at = i;
                HostArray near = HostArray.zeros(keys.shape(), DType.FLOAT64).fill(n -> n == at ? moved : KEY[(int) n]);
                Tensor y = NN.dotProductAttention(
                        Ops.cast(query, DType.FLOAT64), Ops.tensor(near), Ops.cast(value, DType.FLOAT64), options);
                losses[side] = Ops.sum(Ops.square(y)).item();
            }
            assertThat(gradient.toHost().getDouble(i))
                    .as("key %d", i)
                    .isEqualTo((losses[1] - losses[0]) / (2 * step), within(1e-4));
        }
    }

    @Test
    void sizesThatDoNotFit() {
        assertThatThrownBy(() -> NN.dotProductAttention(query, Ops.ones(2, 5, 3, 2), Ops.ones(2, 5, 3, 2)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[dot_product_attention] expected queries (B, T, N, H) with keys and values (B, S, K, H), "
                        + "N a multiple of K; received (2, 3, 4, 2), (2, 5, 3, 2) and (2, 5, 3, 2).");
    }

    /** Attends to itself, in as many heads as it is told. */
    private static final class SelfAttention extends Layer {
        private final int heads;

        SelfAttention(int heads) {
            this.heads = heads;
        }

        @Override
        protected Tensor call(Tensor x, CallContext context) {
            int size = x.shape().size(-1) / heads;
            Tensor parts = Ops.reshape(x, x.shape().size(0), x.shape().size(1), heads, size);
            Tensor y = NN.dotProductAttention(parts, parts, parts, AttentionOptions.DEFAULT.causal(true));
            return Ops.reshape(y, x.shape().sizes());
        }
    }

    @Test
    void sequencesOfAnyLengthInALayer() {
        SymbolicTensor x = Input.of(Shape.of(Shape.UNKNOWN, 6));
        Random random = new Random(1);
        HostArray data = HostArray.zeros(Shape.of(3, 5, 6), DType.FLOAT32).fill(i -> random.nextGaussian());
        try (Functional model = Functional.of(x, new SelfAttention(2).apply(x));
                Sequential plain = Sequential.of(new SelfAttention(2))) {
            assertThat(model.predict(data).toFloatArray())
                    .isEqualTo(plain.predict(data).toFloatArray());
            HostArray first =
                    HostArray.zeros(Shape.of(3, 1, 6), DType.FLOAT32).fill(i -> data.getDouble(i / 6 * 30 + i % 6));
            float[] whole = model.predict(data).toFloatArray();
            float[] alone = model.predict(first).toFloatArray();
            for (int i = 0; i < alone.length; i++) {
                assertThat(whole[i / 6 * 30 + i % 6]).isEqualTo(alone[i], within(1e-6f));
            }
        }
    }
}
