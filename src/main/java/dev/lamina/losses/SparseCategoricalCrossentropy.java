package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code -log p[label]} for integer labels {@code (batch, ...)} and predictions {@code (batch, ..., classes)}:
 * probabilities, scaled to sum 1 and clipped to {@code [1e-7, 1 - 1e-7]}, or logits.
 */
public final class SparseCategoricalCrossentropy extends Loss {
    private final boolean fromLogits;
    private final OptionalInt ignoreClass;
    private final int axis;

    /** The default options. */
    public SparseCategoricalCrossentropy() {
        this(of());
    }

    public SparseCategoricalCrossentropy(boolean fromLogits) {
        this(of().fromLogits(fromLogits));
    }

    private SparseCategoricalCrossentropy(Builder builder) {
        super(builder.options("sparse_categorical_crossentropy"));
        fromLogits = builder.fromLogits;
        ignoreClass = builder.ignoreClass;
        axis = builder.axis;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a SparseCategoricalCrossentropy. */
    public static final class Builder extends LossBuilder<Builder, SparseCategoricalCrossentropy> {
        private boolean fromLogits = false;
        private OptionalInt ignoreClass = OptionalInt.empty();
        private int axis = -1;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** Whether predictions are logits rather than probabilities. */
        public Builder fromLogits(boolean fromLogits) {
            this.fromLogits = fromLogits;
            return this;
        }

        /** A label whose samples have no loss and don't count, such as -1 or 255. */
        public Builder ignoreClass(int ignoreClass) {
            this.ignoreClass = OptionalInt.of(ignoreClass);
            return this;
        }

        /** The axis of the classes, the last by default. */
        public Builder axis(int axis) {
            this.axis = axis;
            return this;
        }

        @Override
        public SparseCategoricalCrossentropy build() {
            return new SparseCategoricalCrossentropy(this);
        }
    }

    @Override
    protected Aligned align(Tensor target, Tensor prediction) {
        return new Aligned(Labels.fit(name(), target, prediction.shape(), axis), prediction);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor rows = LastAxis.moved(prediction, axis);
        if (ignoreClass.isEmpty()) {
            return crossEntropy(target, rows);
        }
        // Rows that don't count are replaced: what they hold must not reach the gradient, not even as NaN.
        Tensor valid = valid(target);
        Tensor labels = Ops.where(valid, target, 0);
        Tensor known = Ops.where(Ops.expandDims(valid, -1), rows, 1);
        return Ops.where(valid, crossEntropy(labels, known), 0);
    }

    private Tensor crossEntropy(Tensor labels, Tensor rows) {
        if (fromLogits) {
            return NN.sparseCrossEntropy(rows, labels);
        }
        Tensor hot = Ops.oneHot(labels, rows.shape().size(-1), rows.dtype());
        return Ops.negate(Ops.sum(Ops.multiply(hot, Crossentropies.logOfRows(rows)), -1));
    }

    private Tensor valid(Tensor labels) {
        Tensor signed = Labels.signed(labels);
        return Ops.notEqual(signed, ignoreClass.orElseThrow());
    }

    @Override
    protected Optional<Tensor> mask(Tensor target, Tensor prediction, Tensor values) {
        return ignoreClass.isPresent() ? Optional.of(valid(target)) : Optional.empty();
    }

    @Override
    public void checkTargets(HostArray targets, TensorSpec prediction) {
        Labels.check(name(), targets, prediction.shape().size(axis), ignoreClass);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = configWith(
                "from_logits",
                fromLogits,
                "ignore_class",
                ignoreClass.isPresent() ? ignoreClass.getAsInt() : Optional.empty());
        if (axis != -1) {
            // Keras forgets it, but reads it.
            config.put("axis", axis);
        }
        return config;
    }

    static SparseCategoricalCrossentropy fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.fromLogits = config.flag("from_logits", builder.fromLogits);
        if (config.has("ignore_class")) {
            builder.ignoreClass(config.integer("ignore_class"));
        }
        builder.axis = config.integer("axis", builder.axis);
        return builder.build();
    }
}
