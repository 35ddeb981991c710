package dev.lamina.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** State: the same from batches as from one, the same traced as at once, new after a reset; masks and weights. */
final class MetricStateTest {
    private static final long SEED = 3;
    private static final int BATCH = 13;
    private static final int CLASSES = 4;

    private static final Map<String, Supplier<Metric>> METRICS = Map.ofEntries(
            Map.entry("binary_accuracy", BinaryAccuracy::new),
            Map.entry("categorical_accuracy", CategoricalAccuracy::new),
            Map.entry("top_k", () -> new TopKCategoricalAccuracy(2)),
            Map.entry("auc", AUC::new),
            Map.entry("auc_pr", () -> AUC.of().curve(AUC.Curve.PR).build()),
            Map.entry(
                    "auc_labels",
                    () -> AUC.of()
                            .multiLabel(true)
                            .thresholds(List.of(0.3, 0.4))
                            .build()),
            Map.entry(
                    "precision_top_k",
                    () -> new Precision(List.of(), OptionalInt.of(2), OptionalInt.of(1), MetricOptions.DEFAULT)),
            Map.entry(
                    "recall",
                    () -> new Recall(
                            List.of(0.2, 0.6), OptionalInt.empty(), OptionalInt.empty(), MetricOptions.DEFAULT)),
            Map.entry("precision_at_recall", () -> new PrecisionAtRecall(0.5)),
            Map.entry("f1", F1Score::new),
            Map.entry("r2", R2Score::new),
            Map.entry("one_hot_iou", () -> new OneHotMeanIoU(CLASSES)),
            Map.entry("rmse", RootMeanSquaredError::new),
            Map.entry("mae", () -> Metrics.of("mae")),
            Map.entry("sum", Sum::new));

    private static HostArray draw(int seed) {
        SplittableRandom random = new SplittableRandom(SEED + seed);
        return HostArray.zeros(Shape.of(BATCH, CLASSES), DType.FLOAT32).fill(i -> random.nextDouble());
    }

    private static HostArray targets(int seed) {
        SplittableRandom random = new SplittableRandom(SEED + seed);
        return HostArray.zeros(Shape.of(BATCH, CLASSES), DType.FLOAT32).fill(i -> random.nextInt(2));
    }

    private static Tensor all(HostArray first, HostArray second) {
        return Ops.concat(List.of(Ops.tensor(first), Ops.tensor(second)), 0);
    }

    private static void same(String what, Metric found, Metric expected) {
        HostArray a = found.result().toHost();
        HostArray b = expected.result().toHost();
        assertThat(a.shape()).as(what).isEqualTo(b.shape());
        for (long i = 0; i < a.elements(); i++) {
            assertThat(a.getDouble(i)).as("%s, seed %d", what, SEED).isCloseTo(b.getDouble(i), within(1e-5));
        }
    }

    @TestFactory
    List<DynamicTest> batchesTracedAndReset() {
        return METRICS.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> check(entry.getValue())))
                .toList();
    }

    private static void check(Supplier<Metric> factory) {
        HostArray weights = HostArray.zeros(Shape.of(BATCH), DType.FLOAT32).fill(i -> 1 + i % 3);
        try (Scope _ = Scope.open();
                Metric whole = factory.get();
                Metric parts = factory.get();
                Metric traced = factory.get()) {
            whole.update(all(targets(1), targets(2)), all(draw(3), draw(4)), all(weights, weights));
            HostArray specs = draw(3);
            try (CompiledStep step =
                    Execution.compile(List.of(specs.spec(), specs.spec(), weights.spec()), arguments -> {
                        traced.update(arguments.get(0), arguments.get(1), arguments.get(2));
                        return List.of();
                    })) {
                // What came before a reset doesn't count.
                parts.update(Ops.tensor(targets(5)), Ops.tensor(draw(6)));
                parts.reset();
                traced.reset();
                for (int batch = 1; batch <= 2; batch++) {
                    Tensor w = Ops.tensor(weights);
                    parts.update(Ops.tensor(targets(batch)), Ops.tensor(draw(batch + 2)), w);
                    step.feed(0, targets(batch).data());
                    step.feed(1, draw(batch + 2).data());
                    step.feed(2, weights.data());
                    step.run();
                }
                same("batches", parts, whole);
                same("traced", traced, whole);
            }
        }
    }

    @Test
    void itsTextIsItsConfig() {
        try (Metric recall = new Recall();
                Metric loss = Metrics.of("huber")) {
            assertThat(recall).hasToString("Recall{name=recall, dtype=float32}");
            assertThat(loss.toString()).contains("{name=huber");
        }
    }

    @Test
    void aMaskLeavesOutPositions() {
        try (Scope _ = Scope.open();
                Metric metric = new BinaryAccuracy()) {
            Tensor target = Ops.ones(2, 3);
            Tensor prediction = Ops.tensor(new float[] {1, 0, 0, 1, 1, 0}, 2, 3);
            Optional<Tensor> mask = Optional.of(Ops.tensor(new float[] {1, 0, 0, 1, 1, 0}, 2, 3));
            metric.update(target, prediction, Optional.empty(), mask);
            assertThat(metric.value()).isCloseTo(1, within(1e-6));
            metric.reset();
            metric.update(target, prediction);
            assertThat(metric.value()).isCloseTo(0.5, within(1e-6));
        }
    }

    @Test
    void anIgnoredClassCountsOnlyWithWeights() {
        try (Scope _ = Scope.open();
                Metric metric = new LossMetric(SparseCategoricalCrossentropy.of()
                        .fromLogits(true)
                        .ignoreClass(-1)
                        .build())) {
            Tensor labels = Ops.tensor(new int[] {-1, 0});
            metric.update(labels, Ops.zeros(2, 2), Ops.ones(2));
            assertThat(metric.value()).isCloseTo(Math.log(2), within(1e-6));
            metric.reset();
            metric.update(labels, Ops.zeros(2, 2));
            assertThat(metric.value()).isCloseTo(Math.log(2) / 2, within(1e-6));
        }
    }

    @Test
    void labelsKeptApartAverageTheirAreas() {
        try (Scope _ = Scope.open();
                Metric together = AUC.of()
                        .multiLabel(true)
                        .labelWeights(List.of(1.0, 3.0, 0.0, 0.0))
                        .build();
                Metric first = new AUC();
                Metric second = new AUC()) {
            Tensor target = Ops.tensor(targets(1));
            Tensor prediction = Ops.tensor(draw(2));
            together.update(target, prediction);
            first.update(column(target, 0), column(prediction, 0));
            second.update(column(target, 1), column(prediction, 1));
            assertThat(together.value()).isCloseTo((first.value() + 3 * second.value()) / 4, within(1e-5));
        }
    }

    private static Tensor column(Tensor x, int at) {
        return Ops.slice(x, new int[] {0, at}, new int[] {BATCH, 1});
    }
}
