package dev.lamina.optimizers;

import dev.lamina.config.Config;
import dev.lamina.ops.MatrixOp;
import dev.lamina.runtime.Ops;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Muon (Jordan et al., 2024), as Keras computes it. For a matrix: {@code m = momentum * m + g}, and the step {@code g +
 * momentum * m} (or {@code m}) is made nearly orthogonal by Newton and Schulz's iteration {@code x = a x + (b x x^T + c
 * (x x^T)^2) x}; {@code w -= rate * x * sqrt(max(rows, columns)) * rmsRate}. Everything else, embeddings and what is
 * excluded by name, goes by {@link Adam}.
 */
public final class Muon extends Optimizer {
    private final Adaptive adaptive;
    private final Orthogonal orthogonal;
    private final OptionalDouble adamWeightDecay;
    private final boolean excludeEmbeddings;
    private final List<String> excludeLayers;

    /** How the weights that are no matrices are updated. */
    private record Adaptive(double beta1, double beta2, double epsilon, double rateFactor) {}

    /** How matrices are updated; an rmsRate of 0 is none. */
    private record Orthogonal(
            double momentum, boolean nesterov, int steps, double a, double b, double c, OptionalDouble rmsRate) {}

    /** Learning rate 0.001. */
    public Muon() {
        this(of());
    }

    public Muon(double learningRate) {
        this(of().learningRate(learningRate));
    }

    /** A rate that follows the number of steps. */
    public Muon(LearningRateSchedule learningRate) {
        this(of().learningRate(learningRate));
    }

    private Muon(Builder builder) {
        super(builder.options());
        Arguments.decayRate(name(), "adamBeta1", builder.adaptive.beta1);
        Arguments.decayRate(name(), "adamBeta2", builder.adaptive.beta2);
        Arguments.share(name(), "momentum", builder.orthogonal.momentum);
        Arguments.notNegative(name(), "newtonSchulzSteps", builder.orthogonal.steps);
        adaptive = builder.adaptive;
        orthogonal = builder.orthogonal;
        adamWeightDecay = builder.adamWeightDecay;
        excludeEmbeddings = builder.excludeEmbeddings;
        excludeLayers = builder.excludeLayers;
    }

    /**
     * Learning rate 0.001, weight decay 0.004, momentum 0.95 with Nesterov, 5 iterations, with more options to come.
     */
    public static Builder of() {
        return new Builder();
    }

    /** The options of Muon. */
    public static final class Builder extends OptimizerBuilder<Builder, Muon> {
        private Adaptive adaptive = new Adaptive(0.9, 0.999, 1e-7, 1);
        private Orthogonal orthogonal = new Orthogonal(0.95, true, 5, 3.4445, -4.7750, 2.0315, OptionalDouble.of(0.2));
        private OptionalDouble adamWeightDecay = OptionalDouble.of(0.004);
        private boolean excludeEmbeddings = true;
        private List<String> excludeLayers = List.of();

        private Builder() {
            super(OptimizerOptions.of("muon", 0.001).weightDecay(0.004));
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** Adam's betas, for what is no matrix; by default 0.9 and 0.999. */
        public Builder adamBetas(double beta1, double beta2) {
            adaptive = new Adaptive(beta1, beta2, adaptive.epsilon, adaptive.rateFactor);
            return this;
        }

        /** Adam's epsilon; by default 1e-7. */
        public Builder epsilon(double epsilon) {
            adaptive = new Adaptive(adaptive.beta1, adaptive.beta2, epsilon, adaptive.rateFactor);
            return this;
        }

        /** Adam's rate over Muon's; by default 1. */
        public Builder adamRateFactor(double factor) {
            adaptive = new Adaptive(adaptive.beta1, adaptive.beta2, adaptive.epsilon, factor);
            return this;
        }

        /** The weight decay of what is no matrix, if any; by default 0.004. */
        public Builder adamWeightDecay(OptionalDouble decay) {
            adamWeightDecay = decay;
            return this;
        }

        /** From 0 to 1; by default 0.95, with Nesterov's step. */
        public Builder momentum(double momentum, boolean nesterov) {
            Orthogonal o = orthogonal;
            orthogonal = new Orthogonal(momentum, nesterov, o.steps, o.a, o.b, o.c, o.rmsRate);
            return this;
        }

        /** How many iterations of Newton and Schulz; by default 5. */
        public Builder newtonSchulzSteps(int steps) {
            Orthogonal o = orthogonal;
            orthogonal = new Orthogonal(o.momentum, o.nesterov, steps, o.a, o.b, o.c, o.rmsRate);
            return this;
        }

        /** The coefficients of the iteration; by default 3.4445, -4.7750 and 2.0315. */
        public Builder coefficients(double a, double b, double c) {
            Orthogonal o = orthogonal;
            orthogonal = new Orthogonal(o.momentum, o.nesterov, o.steps, a, b, c, o.rmsRate);
            return this;
        }

        /** The factor that brings steps to the size of Adam's, by default 0.2; empty leaves them as they are. */
        public Builder rmsRate(OptionalDouble rate) {
            Orthogonal o = orthogonal;
            orthogonal = new Orthogonal(o.momentum, o.nesterov, o.steps, o.a, o.b, o.c, rate);
            return this;
        }

        /** Whether weights with "embedding" in their path go by Adam; by default they do. */
        public Builder excludeEmbeddings(boolean exclude) {
            excludeEmbeddings = exclude;
            return this;
        }

        /** Weights in whose path one of these regular expressions is found go by Adam. */
        public Builder excludeLayers(String... expressions) {
            excludeLayers = List.of(expressions);
            return this;
        }

        @Override
        public Muon build() {
            return new Muon(this);
        }
    }

    private boolean goesByAdam(Variable weight) {
        return weight.shape().rank() != 2
                || excludeEmbeddings && weight.name().toLowerCase(Locale.ROOT).contains("embedding")
                || excludeLayers.stream()
                        .anyMatch(expression -> Pattern.compile(expression)
                                .matcher(weight.name())
                                .find());
    }

    @Override
    protected void createSlots(List<Variable> weights) {
        for (Variable weight : weights) {
            addSlots(List.of(weight), Moments.FIRST);
            if (goesByAdam(weight)) {
                addSlots(List.of(weight), Moments.SECOND);
            }
        }
    }

    @Override
    protected OptionalDouble weightDecay(Variable weight) {
        return goesByAdam(weight) ? adamWeightDecay : super.weightDecay(weight);
    }

    @Override
    protected Update prepare(Tensor rate) {
        Tensor corrected =
                Moments.correctedRate(Ops.multiply(rate, adaptive.rateFactor), adaptive.beta1, adaptive.beta2, step());
        return (weight, gradient) -> {
            if (goesByAdam(weight)) {
                Tensor m = Moments.update(slot(weight, Moments.FIRST), gradient, adaptive.beta1);
                Tensor v = Moments.update(slot(weight, Moments.SECOND), Ops.square(gradient), adaptive.beta2);
                Moments.descend(weight, m, v, corrected, adaptive.epsilon);
            } else {
                updateMatrix(weight, gradient, Ops.cast(rate, weight.dtype()));
            }
        };
    }

    private void updateMatrix(Variable weight, Tensor gradient, Tensor rate) {
        Variable momentum = slot(weight, Moments.FIRST);
        Tensor m = Ops.add(Ops.multiply(momentum, orthogonal.momentum), gradient);
        momentum.assign(m);
        Tensor direction = orthogonal.nesterov ? Ops.add(gradient, Ops.multiply(m, orthogonal.momentum)) : m;
        Tensor step = Ops.multiply(orthogonalize(direction), rate);
        if (orthogonal.rmsRate.isPresent()) {
            Shape shape = weight.shape();
            double size = Math.sqrt(Math.max(shape.size(0), shape.size(1)));
            step = Ops.multiply(step, size * orthogonal.rmsRate.getAsDouble());
        }
        weight.assign(Ops.subtract(weight, step));
    }

    /** A matrix near the orthogonal one with the same singular vectors. */
    private Tensor orthogonalize(Tensor matrix) {
        boolean tall = matrix.shape().size(0) > matrix.shape().size(1);
        Tensor x = tall ? Ops.transpose(matrix) : matrix;
        // Keeps the singular values from exceeding 1, which the iteration needs.
        x = Ops.divide(x, Ops.add(Ops.sqrt(Ops.sum(Ops.square(x))), 1e-7));
        for (int i = 0; i < orthogonal.steps; i++) {
            Tensor squared = Ops.apply(new MatrixOp.Matmul(false, true), x, x);
            Tensor polynomial = Ops.add(
                    Ops.multiply(squared, orthogonal.b), Ops.multiply(Ops.matmul(squared, squared), orthogonal.c));
            x = Ops.add(Ops.multiply(x, orthogonal.a), Ops.matmul(polynomial, x));
        }
        return tall ? Ops.transpose(x) : x;
    }

    @Override
    public Map<String, Object> config() {
        return with(
                super.config(),
                "adam_beta_1",
                adaptive.beta1,
                "adam_beta_2",
                adaptive.beta2,
                "epsilon",
                adaptive.epsilon,
                "exclude_layers",
                excludeLayers,
                "muon_a",
                orthogonal.a,
                "muon_b",
                orthogonal.b,
                "muon_c",
                orthogonal.c,
                "adam_lr_ratio",
                adaptive.rateFactor,
                "momentum",
                orthogonal.momentum,
                "ns_steps",
                orthogonal.steps,
                "nesterov",
                orthogonal.nesterov,
                "exclude_embeddings",
                excludeEmbeddings,
                "adam_weight_decay",
                adamWeightDecay,
                "rms_rate",
                orthogonal.rmsRate);
    }

    static Muon fromConfig(Config config) {
        return of().fromBaseConfig(config)
                .adamBetas(config.number("adam_beta_1", 0.9), config.number("adam_beta_2", 0.999))
                .epsilon(config.number("epsilon", 1e-7))
                .excludeLayers(config.texts("exclude_layers"))
                .coefficients(
                        config.number("muon_a", 3.4445),
                        config.number("muon_b", -4.7750),
                        config.number("muon_c", 2.0315))
                .adamRateFactor(config.number("adam_lr_ratio", 1))
                .momentum(config.number("momentum", 0.95), config.flag("nesterov", true))
                .newtonSchulzSteps(config.integer("ns_steps", 5))
                .excludeEmbeddings(config.flag("exclude_embeddings", true))
                .adamWeightDecay(given(config, "adam_weight_decay", 0.004))
                .rmsRate(given(config, "rms_rate", 0.2))
                .build();
    }

    /** Here null means none, and an absent entry the default. */
    private static OptionalDouble given(Config config, String key, double absent) {
        return config.isNull(key) ? OptionalDouble.empty() : OptionalDouble.of(config.number(key, absent));
    }
}
