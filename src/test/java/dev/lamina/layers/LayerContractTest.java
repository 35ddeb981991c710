package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every layer of Lamina keeps the {@link LayerContract}; one without a {@link LayerCase} is noticed. */
final class LayerContractTest {
    private static Stream<DynamicTest> each(Consumer<LayerCase> check) {
        return LayerCase.all().map(one -> DynamicTest.dynamicTest(one.name(), () -> check.accept(one)));
    }

    @TestFactory
    Stream<DynamicTest> infersItsShape() {
        return each(LayerContract::infersItsShape);
    }

    @TestFactory
    Stream<DynamicTest> comesBackFromItsConfig() {
        return each(LayerContract::comesBackFromItsConfig);
    }

    @TestFactory
    Stream<DynamicTest> hasTheRightGradient() {
        return each(LayerContract::hasTheRightGradient);
    }

    @TestFactory
    Stream<DynamicTest> computesInHalfPrecision() {
        return each(LayerContract::computesInHalfPrecision);
    }

    @TestFactory
    Stream<DynamicTest> trainsTheSameEagerlyAndTraced() {
        return each(LayerContract::trainsTheSameEagerlyAndTraced);
    }

    @TestFactory
    Stream<DynamicTest> comesBackFromAFile(@TempDir Path folder) {
        return LayerCase.all()
                .map(one -> DynamicTest.dynamicTest(
                        one.name(), () -> LayerContract.comesBackFromAFile(one, folder.resolve("layer.keras"))));
    }

    @TestFactory
    Stream<DynamicTest> refusesOtherWeights() {
        return each(LayerContract::refusesOtherWeights);
    }

    @Test
    void everyRegisteredLayerHasACase() {
        assertThat(withoutCase(LayerCase.all()))
                .as("layers of keras.layers without a LayerCase (src/test/java/dev/lamina/layers)")
                .isEmpty();
    }

    @Test
    void namesWhatIsMissing() {
        assertThat(withoutCase(LayerCase.all().filter(one -> !one.name().startsWith("ELU"))))
                .containsExactly("ELU");
    }

    private static Set<String> withoutCase(Stream<LayerCase> cases) {
        Set<String> found = cases.map(one -> {
                    try (Layer layer = one.layer().get()) {
                        return layer.getClass().getSimpleName();
                    }
                })
                .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>(LayerRegistry.kerasLayers());
        missing.removeAll(found);
        // Says what a model's input is like, and is never called.
        missing.remove("InputLayer");
        return missing;
    }
}
