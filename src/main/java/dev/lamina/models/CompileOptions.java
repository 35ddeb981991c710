package dev.lamina.models;

import dev.lamina.layers.DTypePolicy;
import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.metrics.Metric;
import dev.lamina.optimizers.LossScaleOptimizer;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.Optimizers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a model is trained with. Every method gives new options and leaves these as they are.
 *
 * <p>A model of several outputs takes one loss for all of them, or one each, by the output's index or name
 * ({@link Model#outputNames}); an output without a loss is not trained on. The logs then show each loss beside their
 * weighted sum, as {@code cls_loss}, and each metric with its output's name, as {@code cls_accuracy}.
 *
 * <pre>{@code
 * CompileOptions.with("adam").loss("cls", "sparse_categorical_crossentropy").loss("reg", "mse").lossWeight("reg", 0.25)
 * }</pre>
 */
public final class CompileOptions {
    private final Optimizer optimizer;
    private PerOutput<Loss> losses = PerOutput.none();
    private PerOutput<Double> lossWeights = PerOutput.none();
    private PerOutput<List<MetricChoice>> metrics = PerOutput.none();
    private PerOutput<List<MetricChoice>> weightedMetrics = PerOutput.none();
    private boolean runEagerly;
    private int stepsPerExecution = 1;
    private boolean autoScaleLoss = true;
    private Optimizer guide;

    private CompileOptions(Optimizer optimizer) {
        this.optimizer = optimizer;
        this.guide = optimizer;
    }

    private CompileOptions with(Consumer<CompileOptions> change) {
        CompileOptions copy = new CompileOptions(optimizer);
        copy.losses = losses;
        copy.lossWeights = lossWeights;
        copy.metrics = metrics;
        copy.weightedMetrics = weightedMetrics;
        copy.runEagerly = runEagerly;
        copy.stepsPerExecution = stepsPerExecution;
        copy.autoScaleLoss = autoScaleLoss;
        change.accept(copy);
        return copy;
    }

    public static CompileOptions with(Optimizer optimizer) {
        return new CompileOptions(optimizer);
    }

    /** The optimizer of that Keras name with its default arguments. */
    public static CompileOptions with(String optimizer) {
        return with(Optimizers.of(optimizer));
    }

    // Losses.

    /** The loss of every output that has none of its own; none at all for a model whose layers add their losses. */
    public CompileOptions loss(Loss loss) {
        return with(options -> options.losses = losses.withEvery(loss));
    }

    public CompileOptions loss(String name) {
        return loss(Losses.of(name));
    }

    /** The loss of one output. */
    public CompileOptions loss(String output, Loss loss) {
        return with(options -> options.losses = losses.with(output, loss));
    }

    public CompileOptions loss(String output, String name) {
        return loss(output, Losses.of(name));
    }

    public CompileOptions loss(int output, Loss loss) {
        return loss(Integer.toString(output), loss);
    }

    public CompileOptions loss(int output, String name) {
        return loss(output, Losses.of(name));
    }

    /** What an output's loss is multiplied by in the sum; 1 without it. */
    public CompileOptions lossWeight(String output, double weight) {
        return with(options -> options.lossWeights = lossWeights.with(output, weight));
    }

    public CompileOptions lossWeight(int output, double weight) {
        return lossWeight(Integer.toString(output), weight);
    }

    /** The weights of the outputs' losses, in their order. */
    public CompileOptions lossWeights(double... weights) {
        CompileOptions options = this;
        for (int i = 0; i < weights.length; i++) {
            options = options.lossWeight(i, weights[i]);
        }
        return options;
    }

    // Metrics.

    /**
     * Adds a metric by Keras's name, to every output of a model of several; "accuracy" is resolved by the shapes of
     * targets and predictions.
     */
    public CompileOptions metric(String name) {
        return with(options -> options.metrics = added(metrics, MetricChoice.named(name)));
    }

    /** Adds metrics by Keras's names, each as {@link #metric(String)} does. */
    public CompileOptions metrics(String... names) {
        CompileOptions options = this;
        for (String name : names) {
            options = options.metric(name);
        }
        return options;
    }

    /** Adds a metric, to a model of one output. It may be compiled again, and is closed with the model. */
    public CompileOptions metric(Metric metric) {
        return with(options -> options.metrics = added(metrics, MetricChoice.of(metric)));
    }

    /** Adds a metric to one output. */
    public CompileOptions metric(String output, String name) {
        return with(options -> options.metrics = added(metrics, output, MetricChoice.named(name)));
    }

    public CompileOptions metric(String output, Metric metric) {
        return with(options -> options.metrics = added(metrics, output, MetricChoice.of(metric)));
    }

    public CompileOptions metric(int output, String name) {
        return metric(Integer.toString(output), name);
    }

    public CompileOptions metric(int output, Metric metric) {
        return metric(Integer.toString(output), metric);
    }

    /** Adds a metric that counts samples by their weights. */
    public CompileOptions weightedMetric(String name) {
        return with(options -> options.weightedMetrics = added(weightedMetrics, MetricChoice.named(name)));
    }

    public CompileOptions weightedMetric(Metric metric) {
        return with(options -> options.weightedMetrics = added(weightedMetrics, MetricChoice.of(metric)));
    }

    public CompileOptions weightedMetric(String output, String name) {
        return with(options -> options.weightedMetrics = added(weightedMetrics, output, MetricChoice.named(name)));
    }

    public CompileOptions weightedMetric(String output, Metric metric) {
        return with(options -> options.weightedMetrics = added(weightedMetrics, output, MetricChoice.of(metric)));
    }

    private static PerOutput<List<MetricChoice>> added(PerOutput<List<MetricChoice>> to, MetricChoice metric) {
        return to.withEvery(plus(to.every(), metric));
    }

    private static PerOutput<List<MetricChoice>> added(
            PerOutput<List<MetricChoice>> to, String output, MetricChoice metric) {
        return to.with(output, plus(Optional.ofNullable(to.places().get(output)), metric));
    }

    private static List<MetricChoice> plus(Optional<List<MetricChoice>> list, MetricChoice metric) {
        List<MetricChoice> more = new ArrayList<>(list.orElse(List.of()));
        more.add(metric);
        return List.copyOf(more);
    }

    // Execution.

    /** Whether steps run op by op instead of being traced: slower, but values can be read inside. */
    public CompileOptions runEagerly(boolean on) {
        return with(options -> options.runEagerly = on);
    }

    /**
     * How many steps run between two calls of the callbacks' batch hooks, at least; more where no callback follows
     * batches. A device that keeps the samples may be given them together: the results are the same bits, with less
     * work for the host.
     */
    public CompileOptions stepsPerExecution(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException(
                    "[compile] expected stepsPerExecution of at least 1; received " + steps + ".");
        }
        return with(options -> options.stepsPerExecution = steps);
    }

    /**
     * Whether a model of policy {@code mixed_float16} trains with a {@link LossScaleOptimizer} around the optimizer;
     * true without it.
     */
    public CompileOptions autoScaleLoss(boolean on) {
        return with(options -> options.autoScaleLoss = on);
    }

    /** The optimizer that was given. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** These options for a model of that policy: with the optimizer that it trains with. */
    CompileOptions forPolicy(DTypePolicy policy) {
        boolean scales = autoScaleLoss
                && policy.equals(DTypePolicy.of("mixed_float16"))
                && !(optimizer instanceof LossScaleOptimizer);
        return with(options -> options.guide = scales ? new LossScaleOptimizer(optimizer) : optimizer);
    }

    /** The optimizer that the model trains with, which may be one around that given. */
    Optimizer trainingOptimizer() {
        return guide;
    }

    public boolean autoScaleLoss() {
        return autoScaleLoss;
    }

    public PerOutput<Loss> losses() {
        return losses;
    }

    public PerOutput<Double> lossWeights() {
        return lossWeights;
    }

    public PerOutput<List<MetricChoice>> metrics() {
        return metrics;
    }

    public PerOutput<List<MetricChoice>> weightedMetrics() {
        return weightedMetrics;
    }

    public boolean runEagerly() {
        return runEagerly;
    }

    public int stepsPerExecution() {
        return stepsPerExecution;
    }
}
