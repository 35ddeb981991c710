package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.initializers.Constant;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How inputs and weights of a layer with a mixed policy are cast, without a word of it in the layer. */
final class AutocastTest {
    /** Between two numbers of float16, and of bfloat16; both round it to 1. */
    private static final float FINE = 1 + 0x1p-12f;

    private static final LayerOptions MIXED = LayerOptions.DEFAULT.withDType("mixed_bfloat16");

    /** A weight of one number, and what is done with it. */
    private static final class Scale extends Layer {
        private final transient BiFunction<Tensor, Variable, Tensor> function;
        private final boolean cast;
        private Variable factor;

        Scale(LayerOptions options, boolean cast, BiFunction<Tensor, Variable, Tensor> function) {
            super(options);
            this.cast = cast;
            this.function = function;
        }

        @Override
        protected void build(Shape inputShape) {
            factor = addWeight(WeightSpec.of("factor", Shape.of(1))
                    .initializer(new Constant(FINE))
                    .autocast(cast));
        }

        @Override
        protected Tensor call(Tensor x) {
            return function.apply(x, factor);
        }
    }

    private static Tensor x(DType dtype) {
        return Ops.cast(Ops.tensor(HostArray.of(new float[] {1, 2})), dtype);
    }

    private static double first(Tensor tensor) {
        return tensor.toHost().getDouble(0);
    }

    @Test
    void aWeightIsClippedInTheComputeType() {
        try (Scale layer = new Scale(MIXED, true, (x, factor) -> Ops.multiply(x, Ops.clip(factor, 0, 0.5)))) {
            Tensor y = layer.apply(x(DType.FLOAT32));
            assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(first(y)).isEqualTo(0.5);
        }
    }

    static List<UnaryOperator<Tensor>> withNumbersInside() {
        return List.of(
                NN::relu6,
                w -> NN.softShrink(w, 0.5),
                w -> NN.hardShrink(w, 0.5),
                w -> NN.threshold(w, 0.5, 2),
                w -> Numerics.divideNoNan(w, w),
                w -> Ops.logsumexp(w),
                w -> Ops.power(w, 0),
                w -> Ops.cumsum(w, 0),
                w -> Ops.prod(w));
    }

    @ParameterizedTest
    @MethodSource("withNumbersInside")
    void functionsOfAWeightAreOfTheComputeType(UnaryOperator<Tensor> function) {
        try (Scale layer = new Scale(MIXED, true, (x, w) -> function.apply(w))) {
            assertThat(layer.apply(x(DType.FLOAT32)).dtype()).isEqualTo(DType.BFLOAT16);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixed_bfloat16", "mixed_float16"})
    void weightsAreReadInTheComputeTypeAndGetGradientsInTheirs(String policy) {
        DTypePolicy type = DTypePolicy.of(policy);
        try (Scale layer = new Scale(LayerOptions.DEFAULT.withDType(type), true, Ops::multiply);
                GradientTape tape = GradientTape.open()) {
            Tensor y = layer.apply(x(DType.FLOAT32));
            assertThat(y.dtype()).isEqualTo(type.compute());
            assertThat(first(y)).isEqualTo(1);
            assertThat(layer.factor.toHost().getDouble(0)).isEqualTo(FINE);
            Tensor gradient = tape.gradient(Ops.sum(y), List.of(layer.factor)).get(0);
            assertThat(gradient.dtype()).isEqualTo(DType.FLOAT32);
            assertThat(first(gradient)).isEqualTo(3);
        }
    }

    @Test
    void scalarsBesideAWeightFollow() {
        try (Scale layer = new Scale(
                MIXED,
                true,
                (x, w) -> Ops.multiply(x, Ops.add(Ops.multiply(w, 2), Ops.add(w, Ops.constant(1, w.dtype())))))) {
            Tensor y = layer.apply(x(DType.FLOAT32));
            assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(first(y)).isEqualTo(4);
        }
    }

    @Test
    void aCastReadsTheWeightAsItIs() {
        try (Scale layer = new Scale(
                MIXED, true, (x, w) -> Ops.multiply(Ops.cast(w, DType.FLOAT64), Ops.cast(x, DType.FLOAT64)))) {
            assertThat(first(layer.apply(x(DType.FLOAT32)))).isEqualTo(FINE);
        }
    }

    @Test
    void aWeightMayOptOut() {
        try (Scale layer =
                new Scale(MIXED, false, (x, w) -> Ops.cast(Ops.multiply(Ops.cast(x, DType.FLOAT32), w), x.dtype()))) {
            assertThat(layer.apply(x(DType.FLOAT32)).dtype()).isEqualTo(DType.BFLOAT16);
        }
        try (Scale layer = new Scale(MIXED, false, Ops::multiply)) {
            assertThatThrownBy(() -> layer.apply(x(DType.FLOAT32)))
                    .isInstanceOf(DTypeException.class)
                    .hasMessageStartingWith(
                            "[multiply] expected the same dtype on both sides; received bfloat16 (2,) and "
                                    + "float32 (1,). Cast one with Ops.cast.");
        }
    }

    /** What is assigned in a call becomes the weight's type; a sum with it is taken in that type. */
    @Test
    void weightsAreWrittenInTheirType() {
        try (Scale layer = new Scale(MIXED, true, (x, w) -> {
            w.assignAdd(Ops.cast(Ops.constant(FINE - 1, DType.FLOAT32), DType.BFLOAT16));
            return x;
        })) {
            layer.apply(x(DType.FLOAT32));
            assertThat(layer.factor.toHost().getDouble(0)).isEqualTo(1 + 2 * (FINE - 1.0));
        }
        try (Scale layer = new Scale(MIXED, true, (x, w) -> {
            w.assign(Ops.multiply(w, 3));
            return x;
        })) {
            layer.apply(x(DType.FLOAT32));
            assertThat(layer.factor.dtype()).isEqualTo(DType.FLOAT32);
            assertThat(layer.factor.toHost().getDouble(0)).isEqualTo(3);
        }
    }

    @Test
    void onlyFloatingInputsAreCast() {
        try (Scale layer = new Scale(MIXED, true, (x, w) -> x)) {
            assertThat(layer.apply(x(DType.FLOAT64)).dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(layer.apply(x(DType.INT32)).dtype()).isEqualTo(DType.INT32);
            assertThat(layer.apply(x(DType.BOOL)).dtype()).isEqualTo(DType.BOOL);
        }
    }

    /** A layer with its eyes open. */
    private static final class Careful extends Layer {
        private Variable factor;

        Careful() {
            super(MIXED);
        }

        @Override
        protected void build(Shape inputShape) {
            factor = addWeight("factor", Shape.of(1), "ones");
        }

        @Override
        public boolean autocast() {
            return false;
        }

        @Override
        protected Tensor call(Tensor x) {
            return Ops.multiply(x, factor);
        }
    }

    @Test
    void aLayerMayOptOut() {
        try (Careful layer = new Careful()) {
            assertThat(layer.apply(x(DType.FLOAT32)).dtype()).isEqualTo(DType.FLOAT32);
        }
    }

    /** Calls a layer of another policy, then reads its own weight again. */
    private static final class Around extends Layer {
        private final Layer inner;
        private Variable factor;

        Around(LayerOptions options, Layer inner) {
            super(options);
            this.inner = inner;
        }

        @Override
        protected void build(Shape inputShape) {
            factor = addWeight("factor", Shape.of(1), "ones");
        }

        @Override
        protected Tensor call(Tensor x) {
            Tensor y = inner.apply(x);
            return Ops.multiply(Ops.cast(y, computeDType()), factor);
        }
    }

    @Test
    void eachLayerReadsInItsOwnType() {
        for (String[] policies : new String[][] {
            {"mixed_bfloat16", "float32"}, {"float32", "mixed_float16"}, {"mixed_float16", "mixed_bfloat16"}
        }) {
            LayerOptions outer = LayerOptions.DEFAULT.withDType(policies[0]);
            LayerOptions inner = LayerOptions.DEFAULT.withDType(policies[1]);
            Scale scale = new Scale(inner, true, Ops::multiply);
            try (Around layer = new Around(outer, scale)) {
                Tensor y = layer.apply(x(DType.FLOAT32));
                assertThat(y.dtype()).isEqualTo(layer.computeDType());
                Tensor alone = scale.apply(x(DType.FLOAT32));
                assertThat(alone.dtype()).isEqualTo(scale.computeDType());
                assertThat(first(alone)).isEqualTo(policies[1].equals("float32") ? FINE : 1);
            }
            assertThat(Execution.autocast()).isEmpty();
        }
    }

    /** Row 1001 is another than row 1000, which is the nearest number that bfloat16 has. */
    @Test
    void floatingIndicesOfAnEmbeddingStayExact() {
        try (Embedding layer = Embedding.of(1024, 2).dtype("mixed_bfloat16").build()) {
            Tensor exact = layer.apply(HostArray.of(new int[] {1001, 3}));
            Tensor floating = layer.apply(HostArray.of(new float[] {1001, 3}));
            assertThat(floating.dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(floating.toHost().toDoubleArray())
                    .isEqualTo(exact.toHost().toDoubleArray());
        }
    }

    /** Of data around 1000, of which bfloat16 keeps steps of 4. */
    @Test
    void normalizationsOfSamplesTakeTheDataAsTheyCome() {
        HostArray data = HostArray.zeros(Shape.of(1, 8), DType.FLOAT32).fill(i -> 1000 + 0.1 * i);
        for (Layer layer : List.of(
                LayerNormalization.of().dtype("mixed_bfloat16").build(),
                GroupNormalization.of(1).dtype("mixed_bfloat16").build())) {
            try (layer) {
                Tensor y = layer.apply(data);
                assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
                // (x - mean) / sqrt(variance + 0.001), variance 0.0525.
                assertThat(first(y)).isBetween(-1.53, -1.50);
            }
        }
    }
}
