package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.schedules.InverseTimeDecay;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.schedules.Schedules;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * What every optimizer can be told: its name and learning rate, and what happens to gradients before an update and to
 * weights after it. Each method gives a changed copy.
 */
public final class OptimizerOptions implements Cloneable {
    private String name;
    private double learningRate;
    private Optional<LearningRateSchedule> schedule = Optional.empty();
    private OptionalDouble weightDecay = OptionalDouble.empty();
    private List<String> undecayed = List.of();
    private OptionalDouble clipNorm = OptionalDouble.empty();
    private OptionalDouble clipValue = OptionalDouble.empty();
    private OptionalDouble globalClipNorm = OptionalDouble.empty();
    private boolean useEma;
    private double emaMomentum = 0.99;
    private OptionalInt emaOverwriteFrequency = OptionalInt.empty();
    private OptionalDouble lossScaleFactor = OptionalDouble.empty();
    private OptionalInt gradientAccumulationSteps = OptionalInt.empty();

    private OptimizerOptions(String name, double learningRate) {
        this.name = name;
        this.learningRate = learningRate;
    }

    /** A name and a learning rate, and nothing else set. */
    public static OptimizerOptions of(String name, double learningRate) {
        return new OptimizerOptions(name, learningRate);
    }

    private OptimizerOptions with(Consumer<OptimizerOptions> change) {
        try {
            OptimizerOptions copy = (OptimizerOptions) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    public OptimizerOptions name(String newName) {
        return with(copy -> copy.name = newName);
    }

    /** A rate that can be set anew later; at least 0. */
    public OptimizerOptions learningRate(double rate) {
        return with(copy -> {
            copy.learningRate = rate;
            copy.schedule = Optional.empty();
        });
    }

    /** A rate that follows the number of steps. */
    public OptimizerOptions learningRate(LearningRateSchedule rates) {
        return with(copy -> copy.schedule = Optional.of(rates));
    }

    /** Before each update {@code w -= w * decay * rate} (Loshchilov and Hutter, 2019). */
    public OptimizerOptions weightDecay(double decay) {
        return with(copy -> copy.weightDecay = OptionalDouble.of(decay));
    }

    /** Weights in whose name one of these regular expressions is found do not decay: {@code "bias"}, for instance. */
    public OptimizerOptions excludeFromWeightDecay(String... names) {
        return with(copy -> copy.undecayed = List.of(names));
    }

    /** Scales each gradient down to this norm if it is longer. Excludes the other two ways to clip. */
    public OptimizerOptions clipNorm(double norm) {
        return with(copy -> copy.clipNorm = OptionalDouble.of(norm));
    }

    /** Cuts the elements of each gradient at plus and minus this value. Excludes the other two ways to clip. */
    public OptimizerOptions clipValue(double value) {
        return with(copy -> copy.clipValue = OptionalDouble.of(value));
    }

    /** Scales all gradients down by one factor if together they are longer. Excludes the other two ways to clip. */
    public OptimizerOptions globalClipNorm(double norm) {
        return with(copy -> copy.globalClipNorm = OptionalDouble.of(norm));
    }

    /**
     * Keeps an exponential moving average of the weights, which replaces them at the end of fit (Polyak and Juditsky,
     * 1992).
     */
    public OptimizerOptions useEma(boolean use) {
        return with(copy -> copy.useEma = use);
    }

    /** {@code average = momentum * average + (1 - momentum) * w} after each update; from 0 to 1. */
    public OptimizerOptions emaMomentum(double momentum) {
        return with(copy -> copy.emaMomentum = momentum);
    }

    /** Also replaces the weights by their average once every so many steps. */
    public OptimizerOptions emaOverwriteFrequency(int steps) {
        return with(copy -> copy.emaOverwriteFrequency = OptionalInt.of(steps));
    }

    /** Multiplies the loss before the gradients are taken, and divides the gradients; for float16. */
    public OptimizerOptions lossScaleFactor(double factor) {
        return with(copy -> copy.lossScaleFactor = OptionalDouble.of(factor));
    }

    /** Updates the weights once every so many steps, by the mean of their gradients; at least 2. */
    public OptimizerOptions gradientAccumulationSteps(int steps) {
        return with(copy -> copy.gradientAccumulationSteps = OptionalInt.of(steps));
    }

    // What was chosen.

    String name() {
        return name;
    }

    double initialRate() {
        return learningRate;
    }

    Optional<LearningRateSchedule> schedule() {
        return schedule;
    }

    OptionalDouble weightDecay() {
        return weightDecay;
    }

    List<String> undecayed() {
        return undecayed;
    }

    OptionalDouble clipNorm() {
        return clipNorm;
    }

    OptionalDouble clipValue() {
        return clipValue;
    }

    OptionalDouble globalClipNorm() {
        return globalClipNorm;
    }

    boolean useEma() {
        return useEma;
    }

    double emaMomentum() {
        return emaMomentum;
    }

    OptionalInt emaOverwriteFrequency() {
        return emaOverwriteFrequency;
    }

    OptionalDouble lossScaleFactor() {
        return lossScaleFactor;
    }

    OptionalInt gradientAccumulationSteps() {
        return gradientAccumulationSteps;
    }

    /** Refuses what can't be. */
    void check() {
        require(
                learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY,
                "a learning rate of at least 0",
                learningRate);
        require(!useEma || emaMomentum >= 0 && emaMomentum <= 1, "an emaMomentum from 0 to 1", emaMomentum);
        require(emaOverwriteFrequency.orElse(1) >= 1, "an emaOverwriteFrequency of at least 1", emaOverwriteFrequency);
        require(
                gradientAccumulationSteps.orElse(2) >= 2,
                "gradientAccumulationSteps of at least 2",
                gradientAccumulationSteps);
        long clips = List.of(clipNorm, clipValue, globalClipNorm).stream()
                .filter(OptionalDouble::isPresent)
                .count();
        if (clips > 1) {
            throw new IllegalArgumentException("[" + name + "] expected one of clipNorm, clipValue and globalClipNorm; "
                    + "received clipNorm " + shown(clipNorm) + ", clipValue " + shown(clipValue)
                    + " and globalClipNorm "
                    + shown(globalClipNorm) + ".");
        }
    }

    private void require(boolean holds, String expected, Object received) {
        if (!holds) {
            Object value = received instanceof OptionalInt number ? number.orElse(0) : received;
            throw new IllegalArgumentException("[" + name + "] expected " + expected + "; received " + value + ".");
        }
    }

    private static String shown(OptionalDouble number) {
        return number.isPresent() ? String.valueOf(number.getAsDouble()) : "none";
    }

    /** Keras's entries. */
    Map<String, Object> toConfig(double rate) {
        return Config.entries(
                "name", name,
                // Keras gives the rate as the float32 number that it keeps.
                "learning_rate", schedule.map(rates -> (Object) rates.config()).orElse((double) (float) rate),
                "weight_decay", weightDecay,
                "clipnorm", clipNorm,
                "global_clipnorm", globalClipNorm,
                "clipvalue", clipValue,
                "use_ema", useEma,
                "ema_momentum", emaMomentum,
                "ema_overwrite_frequency", emaOverwriteFrequency,
                "loss_scale_factor", lossScaleFactor,
                "gradient_accumulation_steps", gradientAccumulationSteps);
    }

    /** These options, changed by Keras's entries. */
    OptimizerOptions withConfig(Config config) {
        // Keras 2 wrote these; they choose how TensorFlow computes.
        config.ignore("jit_compile", "is_legacy_optimizer");
        return with(copy -> {
            copy.name = config.text("name", name);
            copy.readRate(config);
            if (config.isNull("weight_decay") || config.has("weight_decay")) {
                copy.weightDecay = config.optionalNumber("weight_decay");
            }
            copy.clipNorm = config.optionalNumber("clipnorm");
            copy.globalClipNorm = config.optionalNumber("global_clipnorm");
            copy.clipValue = config.optionalNumber("clipvalue");
            copy.useEma = config.flag("use_ema", false);
            copy.emaMomentum = config.number("ema_momentum", 0.99);
            copy.emaOverwriteFrequency = config.optionalInteger("ema_overwrite_frequency");
            copy.lossScaleFactor = config.optionalNumber("loss_scale_factor");
            copy.gradientAccumulationSteps = config.optionalInteger("gradient_accumulation_steps");
        });
    }

    private void readRate(Config config) {
        String key = config.has("lr") ? "lr" : "learning_rate";
        if (config.get(key).orElse(0) instanceof Map<?, ?>) {
            schedule = Optional.of(Schedules.fromConfig(config.map(key)));
        } else {
            learningRate = config.number(key, learningRate);
        }
        // Keras 2's argument of the same meaning.
        double decay = config.number("decay", 0);
        if (decay != 0) {
            schedule = Optional.of(new InverseTimeDecay(learningRate, 1, decay));
        }
    }
}
