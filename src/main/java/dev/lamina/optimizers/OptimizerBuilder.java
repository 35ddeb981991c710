package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.schedules.LearningRateSchedule;

/**
 * The options that all built-in optimizers share; {@link OptimizerOptions} explains them.
 *
 * @param <B> the builder itself
 * @param <O> the optimizer it makes
 */
public abstract class OptimizerBuilder<B extends OptimizerBuilder<B, O>, O extends Optimizer> {
    private OptimizerOptions options;

    /** @param defaults the optimizer's own name and learning rate, and whatever else it has */
    protected OptimizerBuilder(OptimizerOptions defaults) {
        options = defaults;
    }

    protected abstract B self();

    /** Makes the optimizer. */
    public abstract O build();

    protected final OptimizerOptions options() {
        return options;
    }

    private B set(OptimizerOptions changed) {
        options = changed;
        return self();
    }

    public final B name(String name) {
        return set(options.name(name));
    }

    /** See {@link OptimizerOptions#learningRate(double)}. */
    public final B learningRate(double rate) {
        return set(options.learningRate(rate));
    }

    /** See {@link OptimizerOptions#learningRate(LearningRateSchedule)}. */
    public final B learningRate(LearningRateSchedule rates) {
        return set(options.learningRate(rates));
    }

    /** See {@link OptimizerOptions#weightDecay(double)}. */
    public final B weightDecay(double decay) {
        return set(options.weightDecay(decay));
    }

    /** See {@link OptimizerOptions#excludeFromWeightDecay}. */
    public final B excludeFromWeightDecay(String... names) {
        return set(options.excludeFromWeightDecay(names));
    }

    /** See {@link OptimizerOptions#clipNorm(double)}. */
    public final B clipNorm(double norm) {
        return set(options.clipNorm(norm));
    }

    /** See {@link OptimizerOptions#clipValue(double)}. */
    public final B clipValue(double value) {
        return set(options.clipValue(value));
    }

    /** See {@link OptimizerOptions#globalClipNorm(double)}. */
    public final B globalClipNorm(double norm) {
        return set(options.globalClipNorm(norm));
    }

    /** See {@link OptimizerOptions#useEma(boolean)}. */
    public final B useEma(boolean use) {
        return set(options.useEma(use));
    }

    /** See {@link OptimizerOptions#emaMomentum(double)}. */
    public final B emaMomentum(double momentum) {
        return set(options.emaMomentum(momentum));
    }

    /** See {@link OptimizerOptions#emaOverwriteFrequency(int)}. */
    public final B emaOverwriteFrequency(int steps) {
        return set(options.emaOverwriteFrequency(steps));
    }

    /** See {@link OptimizerOptions#lossScaleFactor(double)}. */
    public final B lossScaleFactor(double factor) {
        return set(options.lossScaleFactor(factor));
    }

    /** See {@link OptimizerOptions#gradientAccumulationSteps(int)}. */
    public final B gradientAccumulationSteps(int steps) {
        return set(options.gradientAccumulationSteps(steps));
    }

    final B fromBaseConfig(Config config) {
        return set(options.withConfig(config));
    }
}
