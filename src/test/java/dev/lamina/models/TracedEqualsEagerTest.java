package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.cuda.WithoutCublasLt;
import dev.lamina.layers.BatchNormalization;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A traced step gives the same bits as its ops run one by one: for every model, with a partial last batch and a freeze
 * in between.
 */
@ExtendWith(WithoutCublasLt.class)
final class TracedEqualsEagerTest {
    private static final int SAMPLES = 45;
    private static final int BATCH = 16;

    private record Outcome(List<Double> losses, List<double[]> state, float[] predictions) {}

    @TestFactory
    Stream<DynamicTest> everyModel() {
        return TestModels.all().entrySet().stream()
                .flatMap(entry -> Stream.of(
                        test(entry.getKey() + ", adam", entry.getValue(), () -> new Adam(0.01)),
                        test(entry.getKey() + ", momentum", entry.getValue(), () -> new SGD(0.05, 0.9, true))));
    }

    private static DynamicTest test(String name, Supplier<Model> model, Supplier<Optimizer> optimizer) {
        return DynamicTest.dynamicTest(name, () -> {
            Outcome eager = train(model, optimizer.get(), true);
            Outcome traced = train(model, optimizer.get(), false);

            assertThat(traced.losses()).isEqualTo(eager.losses()).doesNotContain(Double.NaN);
            assertThat(traced.state()).hasSameSizeAs(eager.state());
            for (int i = 0; i < eager.state().size(); i++) {
                assertThat(traced.state().get(i))
                        .as("variable %d", i)
                        .isEqualTo(eager.state().get(i));
            }
            assertThat(traced.predictions()).isEqualTo(eager.predictions());
        });
    }

    private static Outcome train(Supplier<Model> factory, Optimizer optimizer, boolean eagerly) {
        SeedGenerator.setGlobalSeed(42);
        LayerNames.reset();
        HostArray x = TestModels.images(SAMPLES, 1);
        HostArray y = TestModels.labels(SAMPLES, 2);
        try (Model model = factory.get()) {
            model.compile(CompileOptions.with(optimizer)
                    .loss(new SparseCategoricalCrossentropy())
                    .metric("accuracy")
                    .runEagerly(eagerly));
            FitOptions options =
                    FitOptions.epochs(2).batchSize(BATCH).verbose(false).validationSplit(0.2);
            List<Double> losses = new ArrayList<>();
            model.fit(x, y, options).values().values().forEach(losses::addAll);
            List<Layer> frozen = new ArrayList<>(List.of(model.layers().get(1)));
            model.flatten().stream()
                    .filter(BatchNormalization.class::isInstance)
                    .forEach(frozen::add);
            frozen.forEach(layer -> layer.setTrainable(false));
            model.fit(x, y, options).values().values().forEach(losses::addAll);
            frozen.forEach(layer -> layer.setTrainable(true));
            model.fit(x, y, options).values().values().forEach(losses::addAll);
            losses.addAll(model.evaluate(x, y, BATCH).values());
            List<double[]> state = new ArrayList<>();
            for (Variable variable : model.variables()) {
                state.add(variable.toHost().toDoubleArray());
            }
            for (Variable variable : optimizer.variables()) {
                state.add(variable.toHost().toDoubleArray());
            }
            return new Outcome(losses, state, model.predict(x, BATCH).toFloatArray());
        }
    }
}
