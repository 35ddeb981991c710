package dev.lamina.models;

import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.metrics.Metric;
import dev.lamina.metrics.Metrics;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.Optimizers;
import dev.lamina.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a model is trained with.
 *
 * @param loss none for a model whose layers add their losses themselves
 * @param runEagerly whether steps run op by op instead of being traced: slower, but values can be read inside
 */
public record CompileOptions(
        Optimizer optimizer, Optional<Loss> loss, List<MetricFactory> metrics, boolean runEagerly) {

    /** Makes a metric once the shapes of targets and predictions are known. */
    public interface MetricFactory {
        Metric create(Shape target, Shape prediction);

        /** Whether it is always the same metric, made by somebody else. */
        default boolean isGiven() {
            return false;
        }
    }

    public CompileOptions {
        metrics = List.copyOf(metrics);
    }

    public static CompileOptions with(Optimizer optimizer) {
        return new CompileOptions(optimizer, Optional.empty(), List.of(), false);
    }

    /** The optimizer of that Keras name with its default arguments. */
    public static CompileOptions with(String optimizer) {
        return with(Optimizers.of(optimizer));
    }

    public CompileOptions loss(Loss newLoss) {
        return new CompileOptions(optimizer, Optional.of(newLoss), metrics, runEagerly);
    }

    public CompileOptions loss(String name) {
        return loss(Losses.of(name));
    }

    /** Adds a metric by Keras's name; "accuracy" is resolved by the shapes of targets and predictions. */
    public CompileOptions metric(String name) {
        return metric((target, prediction) -> Metrics.of(name, target, prediction));
    }

    /** Adds a metric. It may be compiled again, and is closed with the model. */
    public CompileOptions metric(Metric metric) {
        return metric(new MetricFactory() {
            @Override
            public Metric create(Shape target, Shape prediction) {
                return metric;
            }

            @Override
            public boolean isGiven() {
                return true;
            }
        });
    }

    private CompileOptions metric(MetricFactory factory) {
        List<MetricFactory> more = new ArrayList<>(metrics);
        more.add(factory);
        return new CompileOptions(optimizer, loss, more, runEagerly);
    }

    public CompileOptions runEagerly(boolean on) {
        return new CompileOptions(optimizer, loss, metrics, on);
    }
}
