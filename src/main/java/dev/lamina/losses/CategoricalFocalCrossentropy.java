package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The categorical cross-entropy, less of it for what is predicted well: {@code -sum(alpha (1 - p)^gamma t log p)} over
 * the axis of the classes (Lin et al., 2017); probabilities are scaled to sum 1 and clipped to {@code [1e-7, 1 -
 * 1e-7]}.
 */
public final class CategoricalFocalCrossentropy extends Loss {
    private final CrossentropyOptions options;
    private final List<Double> alpha;
    private final double gamma;

    /** The default options. */
    public CategoricalFocalCrossentropy() {
        this(of());
    }

    private CategoricalFocalCrossentropy(Builder builder) {
        super(builder.options("categorical_focal_crossentropy"));
        options = builder.crossentropy().checkedFor(name());
        if (builder.alpha.isEmpty()) {
            throw new IllegalArgumentException("[" + name() + "] expected at least one alpha; received none.");
        }
        alpha = builder.alpha;
        gamma = builder.gamma;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a CategoricalFocalCrossentropy. */
    public static final class Builder extends CrossentropyBuilder<Builder, CategoricalFocalCrossentropy> {
        private List<Double> alpha = List.of(0.25);
        private double gamma = 2;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** One weight for all classes, 0.25 by default, or one each. */
        public Builder alpha(double... alpha) {
            this.alpha = Arrays.stream(alpha).boxed().toList();
            return this;
        }

        /** How strongly the well predicted ones are suppressed; 2 by default. */
        public Builder gamma(double gamma) {
            this.gamma = gamma;
            return this;
        }

        @Override
        public CategoricalFocalCrossentropy build() {
            return new CategoricalFocalCrossentropy(this);
        }
    }

    @Override
    Optional<String> adviceForLabels() {
        return Optional.of(Crossentropies.WHOLE_LABELS);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor p = LastAxis.moved(prediction, options.axis());
        Tensor t = Crossentropies.smoothRows(LastAxis.moved(target, options.axis()), options.labelSmoothing());
        Tensor rows = Crossentropies.rows(options.fromLogits() ? NN.softmax(p) : p);
        Tensor crossEntropy = Ops.multiply(Ops.negate(t), Ops.log(rows));
        Tensor factor = Ops.multiply(Ops.power(Ops.subtract(1, rows), gamma), weights(p));
        return Ops.sum(Ops.multiply(factor, crossEntropy), -1);
    }

    private Tensor weights(Tensor prediction) {
        if (alpha.size() == 1) {
            return Ops.constant(alpha.get(0), prediction.dtype());
        }
        int classes = prediction.shape().size(-1);
        if (alpha.size() != classes) {
            throw new ShapeException("[" + name() + "] expected one alpha, or one for each of " + classes
                    + " classes; received " + alpha + ".");
        }
        HostArray values = HostArray.zeros(Shape.of(classes), prediction.dtype());
        return Ops.tensor(values.fill(i -> alpha.get((int) i)));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = configWith();
        options.writeTo(config);
        config.put("alpha", alpha.size() == 1 ? alpha.get(0) : alpha);
        config.put("gamma", gamma);
        return config;
    }

    static CategoricalFocalCrossentropy fromConfig(Config config) {
        Builder builder = of().fromCrossentropyConfig(config);
        if (config.has("alpha")) {
            builder.alpha(
                    config.get("alpha").orElse("") instanceof List
                            ? config.numbers("alpha")
                            : new double[] {config.number("alpha")});
        }
        builder.gamma = config.number("gamma", builder.gamma);
        return builder.build();
    }
}
