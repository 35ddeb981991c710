package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.initializers.Initializers;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole numbers into layers whose results have fractions: nothing is cut. The numbers are Keras 3.15.1's. */
final class IntegerInputTest {
    private static final int[] VALUES = {1, 2, 3, 4, 5, 9, 7, 0, 2};

    private static HostArray whole() {
        return HostArray.of(VALUES, 3, 3);
    }

    private static void assertGives(Layer layer, HostArray input, boolean training, double... expected) {
        try (Scope _ = Scope.open();
                layer) {
            Tensor y = layer.apply(Ops.tensor(input), training);
            assertThat(y.dtype()).isEqualTo(DType.FLOAT32);
            double[] found = y.toHost().toDoubleArray();
            assertThat(found).hasSize(expected.length);
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-4));
            }
        }
    }

    @Test
    void batchNormalizationInInference() {
        assertGives(
                new BatchNormalization(),
                whole(),
                false,
                0.9995,
                1.999,
                2.9985,
                3.998,
                4.9975,
                8.9955,
                6.9965,
                0,
                1.999);
    }

    @Test
    void batchNormalizationInTraining() {
        assertGives(
                new BatchNormalization(),
                whole(),
                true,
                -1.22464,
                -0.1622,
                -0.53914,
                0,
                1.29762,
                1.40175,
                1.22464,
                -1.13542,
                -0.86262);
    }

    /** Keras refuses ints in the one and cuts its result in the other; these are its numbers for floats. */
    @Test
    void normalizationsThatKerasLacks() {
        assertGives(
                new UnitNormalization(),
                whole(),
                false,
                0.26726,
                0.53452,
                0.80178,
                0.36214,
                0.45268,
                0.81482,
                0.96152,
                0,
                0.27472);
        assertGives(
                new RMSNormalization(),
                whole(),
                false,
                0.46291,
                0.92582,
                1.38873,
                0.62725,
                0.78406,
                1.41131,
                1.66541,
                0,
                0.47583);
    }

    @Test
    void activations() {
        HostArray x = HostArray.of(new int[] {-10, 2, 9}, 1, 3);
        assertGives(new LeakyReLU(0.3), x, false, -3, 2, 9);
        assertGives(ReLU.of().negativeSlope(0.5).build(), x, false, -5, 2, 9);
        assertGives(new ReLU(6), x, false, 0, 2, 6);
        assertGives(new ELU(), x, false, -0.99995, 2, 9);
        assertGives(PReLU.of().alphaInitializer(Initializers.ones()).build(), x, false, -10, 2, 9);
        assertGives(new Softmax(), x, false, 0, 0.00091, 0.99909);
    }

    @Test
    void activationsByName() {
        HostArray x = HostArray.of(new int[] {-10, 2, 9}, 1, 3);
        assertGives(new Activation("leaky_relu"), x, false, -2, 2, 9);
        assertGives(new Activation("elu"), x, false, -0.99995, 2, 9);
        assertGives(new Activation("softmax"), x, false, 0, 0.00091, 0.99909);
        assertGives(new Activation("tanh"), x, false, -1, 0.96403, 1);
        assertGives(new Activation("gelu"), x, false, 0, 1.9545, 9);
        assertGives(new Activation("relu6"), x, false, 0, 2, 6);
    }

    /** 1001 and 1003 are one number in bfloat16. */
    @Test
    void sixteenBitsDoNotRoundThemBeforeTheyAreNormalized() {
        HostArray x = HostArray.of(new int[] {1001, 1003, 1006, 2}, 4, 1);
        try (Scope _ = Scope.open();
                Layer batch = BatchNormalization.of().dtype("mixed_bfloat16").build()) {
            Tensor y = batch.apply(Ops.tensor(x), true);
            assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(y.toHost().toDoubleArray()).containsExactly(0.5703125, 0.578125, 0.58203125, -1.734375);
        }
    }

    @Test
    void averages() {
        HostArray x = HostArray.of(VALUES, 3, 3, 1);
        assertGives(new GlobalAveragePooling1D(), x, false, 2, 6, 3);
        assertGives(new AveragePooling1D(2), x, false, 1.5, 4.5, 3.5);
    }

    @Test
    void layersThatChooseKeepThem() {
        try (Scope _ = Scope.open()) {
            for (Layer layer :
                    List.of(new ReLU(), new Activation("relu"), new Flatten(), new RepeatVector(2), new Identity())) {
                try (layer) {
                    assertThat(layer.apply(whole()).dtype()).isEqualTo(DType.INT32);
                }
            }
        }
    }

    static Stream<Arguments> layersOfAllNumbers() {
        return Stream.of(
                Arguments.of("LayerNormalization", (Supplier<Layer>) LayerNormalization::new, new int[] {3, 3}),
                Arguments.of("GroupNormalization", (Supplier<Layer>) () -> new GroupNormalization(1), new int[] {3, 3}),
                Arguments.of(
                        "AdaptiveAveragePooling1D",
                        (Supplier<Layer>) () -> new AdaptiveAveragePooling1D(2),
                        new int[] {3, 3, 1}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layersOfAllNumbers")
    void theResultIsThatOfTheSameFloats(String name, Supplier<Layer> of, int[] sizes) {
        HostArray x = HostArray.of(VALUES, sizes);
        double[] expected;
        try (Scope _ = Scope.open();
                Layer layer = of.get()) {
            layer.buildFor(x.shape());
            expected = layer.apply(x.cast(DType.FLOAT32)).toHost().toDoubleArray();
        }
        assertGives(of.get(), x, false, expected);
    }

    /** 1 / (1 - rate) is no whole number. */
    @Test
    void whatDropoutKeepsIsScaledInFull() {
        try (Scope _ = Scope.open();
                Layer layer = new Dropout(0.2)) {
            Tensor y = layer.apply(Ops.ones(8, 8), true);
            Tensor ofWhole = layer.apply(Ops.cast(Ops.ones(8, 8), DType.INT32), true);
            assertThat(ofWhole.dtype()).isEqualTo(DType.FLOAT32);
            assertThat(ofWhole.toHost().toDoubleArray()).containsOnly(0, 1.25);
            assertThat(y.toHost().toDoubleArray()).containsOnly(0, 1.25);
        }
    }
}
