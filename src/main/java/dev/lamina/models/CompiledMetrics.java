package dev.lamina.models;

import dev.lamina.metrics.Metric;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The metrics given to compile, made and assigned to the outputs once their shapes are known. */
final class CompiledMetrics {
    private record Entry(int output, int target, Metric metric, boolean weighted, boolean given) {}

    private final Model model;
    private final CompileOptions options;
    private final CompiledLosses losses;
    private List<Entry> entries = List.of();
    private final Map<String, Metric> named = new LinkedHashMap<>();
    private boolean built;
    private boolean checked;

    CompiledMetrics(Model model, CompileOptions options, CompiledLosses losses) {
        this.model = model;
        this.options = options;
        this.losses = losses;
    }

    /** Makes the metrics, once. */
    void build(List<Shape> targets, List<Shape> predictions) {
        if (built || targets.isEmpty()) {
            return;
        }
        built = true;
        List<Entry> made = new ArrayList<>();
        add(made, options.metrics(), false, targets, predictions);
        add(made, options.weightedMetrics(), true, targets, predictions);
        entries = made;
    }

    private void add(
            List<Entry> made,
            PerOutput<List<MetricChoice>> choices,
            boolean weighted,
            List<Shape> targets,
            List<Shape> predictions) {
        if (choices.isEmpty()) {
            return;
        }
        int outputs = predictions.size();
        List<String> names = model.outputNames();
        List<Optional<List<MetricChoice>>> own =
                new PerOutput<>(Optional.empty(), choices.places()).resolve("a metric", outputs, names);
        for (int i = 0; i < outputs; i++) {
            List<MetricChoice> all = new ArrayList<>(choices.every().orElse(List.of()));
            all.addAll(own.get(i).orElse(List.of()));
            OptionalInt target = losses.target(i, targets.size(), outputs);
            if (target.isPresent()) {
                String prefix = outputs == 1 ? "" : (names.size() == outputs ? names.get(i) : "output_" + i) + "_";
                for (MetricChoice choice : all) {
                    Metric metric = choice.create(targets.get(target.getAsInt()), predictions.get(i));
                    if (named.containsValue(metric)) {
                        throw new IllegalArgumentException("[compile] expected a metric object of its own for each of "
                                + outputs + " outputs; received \"" + metric.name()
                                + "\" for several. Give the name, or a metric(output, ...) for each.");
                    }
                    named.put(name(prefix, choice.label(metric), weighted), metric);
                    made.add(new Entry(
                            i,
                            target.getAsInt(),
                            metric,
                            weighted,
                            choice.given().isPresent()));
                }
            }
        }
    }

    /** Keras's way with names that come twice: a number behind them, {@code weighted_} before a weighted one. */
    private String name(String prefix, String label, boolean weighted) {
        String name = prefix + label;
        if (weighted && named.containsKey(name)) {
            name = prefix + "weighted_" + label;
        }
        String base = name;
        for (int n = 1; named.containsKey(name); n++) {
            name = base + "_" + n;
        }
        return name;
    }

    /**
     * Takes in a batch: each output's metrics, with its mask, the weighted ones with the sample weights too. At the
     * first, which is traced before anything is trained, a metric of several numbers is refused.
     */
    void update(Batch batch, List<Tensor> predictions) {
        build(
                batch.y().stream().map(Tensor::shape).toList(),
                predictions.stream().map(Tensor::shape).toList());
        for (Entry entry : batch.y().isEmpty() ? List.<Entry>of() : entries) {
            Tensor prediction = predictions.get(entry.output());
            entry.metric()
                    .update(
                            batch.y().get(entry.target()),
                            prediction,
                            entry.weighted() ? batch.sampleWeight(entry.output()) : Optional.empty(),
                            prediction.mask());
            if (!checked) {
                entry.metric().checkHasValue();
            }
        }
        checked = true;
    }

    /** By their names in the logs. */
    Map<String, Metric> named() {
        return named;
    }

    /** Frees the metrics that were made here; those that were given may be in use elsewhere. */
    void closeMade() {
        entries.stream()
                .filter(entry -> !entry.given())
                .forEach(entry -> entry.metric().close());
    }

    /** Frees all metrics. */
    void closeAll() {
        entries.forEach(entry -> entry.metric().close());
    }
}
