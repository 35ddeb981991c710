package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;

/**
 * {@code -sum(t p)} along an axis, of targets and predictions scaled to length 1: from -1 (the same direction) to 1.
 */
public final class CosineSimilarity extends Loss {
    private final int axis;

    /** The default options. */
    public CosineSimilarity() {
        this(of());
    }

    private CosineSimilarity(Builder builder) {
        super(builder.options("cosine_similarity"));
        axis = builder.axis;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a CosineSimilarity. */
    public static final class Builder extends LossBuilder<Builder, CosineSimilarity> {
        private int axis = -1;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** The axis along which the vectors lie, the last by default. */
        public Builder axis(int axis) {
            this.axis = axis;
            return this;
        }

        @Override
        public CosineSimilarity build() {
            return new CosineSimilarity(this);
        }
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor product = Ops.multiply(Numerics.normalize(target, axis), Numerics.normalize(prediction, axis));
        return Ops.negate(Ops.sum(product, axis));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        if (axis != -1) {
            // Keras forgets it, but reads it.
            config.put("axis", axis);
        }
        return config;
    }

    static CosineSimilarity fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.axis = config.integer("axis", builder.axis);
        return builder.build();
    }
}
