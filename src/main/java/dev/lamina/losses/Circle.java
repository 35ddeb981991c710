package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.MatrixOp;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Numerics;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * The circle loss (Sun et al., 2020) of embeddings {@code (batch, size)}, scaled to length 1, with integer labels
 * {@code (batch,)}. With the cosine distances {@code d = max(1 - x x', 0)} of a sample to all others it is
 * {@code softplus(logsumexp(-gamma (d + m)(m - d)) + logsumexp(gamma max(1 + m - d, 0)(1 - m - d)))}, the first over
 * the samples of the same label, the second over those of other labels. Only samples with a positive loss count.
 */
public final class Circle extends Loss {
    private final double gamma;
    private final double margin;
    private final boolean removeDiagonal;

    /** The default options. */
    public Circle() {
        this(of());
    }

    private Circle(Builder builder) {
        super(builder.options("circle"));
        gamma = builder.gamma;
        margin = builder.margin;
        removeDiagonal = builder.removeDiagonal;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a Circle. */
    public static final class Builder extends LossBuilder<Builder, Circle> {
        private double gamma = 80;
        private double margin = 0.4;
        private boolean removeDiagonal = true;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** The scale of the similarities; 80 by default. */
        public Builder gamma(double gamma) {
            this.gamma = gamma;
            return this;
        }

        /** The margin m between labels; 0.4 by default. */
        public Builder margin(double margin) {
            this.margin = margin;
            return this;
        }

        /** Whether a sample is left out of those it is compared with; true by default. */
        public Builder removeDiagonal(boolean removeDiagonal) {
            this.removeDiagonal = removeDiagonal;
            return this;
        }

        @Override
        public Circle build() {
            return new Circle(this);
        }
    }

    @Override
    protected Aligned align(Tensor target, Tensor prediction) {
        if (prediction.shape().rank() != 2) {
            throw new ShapeException("[" + name() + "] expected embeddings of shape (batch, size); received "
                    + prediction.shape() + ".");
        }
        return new Aligned(Labels.fit(name(), target, prediction.shape(), -1), prediction);
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        int batch = prediction.shape().size(0);
        Tensor similarity = Ops.apply(new MatrixOp.Matmul(false, true), prediction, prediction);
        Tensor distance = Ops.maximum(Ops.subtract(1, similarity), 0);
        Tensor same = Ops.equal(Ops.expandDims(target, 1), Ops.expandDims(target, 0));
        Tensor different = Ops.logicalNot(same);
        if (removeDiagonal) {
            Tensor place = Ops.range(0, batch, DType.INT32);
            same = Ops.logicalAnd(same, Ops.notEqual(Ops.expandDims(place, 1), Ops.expandDims(place, 0)));
        }
        Tensor positive = Ops.multiply(Ops.multiply(Ops.add(distance, margin), Ops.subtract(distance, margin)), gamma);
        Tensor weight = Ops.maximum(Ops.subtract(1 + margin, distance), 0);
        Tensor negative = Ops.multiply(Ops.multiply(weight, Ops.subtract(1 - margin, distance)), gamma);
        Tensor sum = Ops.add(Numerics.logSumExp(positive, same), Numerics.logSumExp(negative, different));
        return NN.softplus(sum);
    }

    @Override
    protected Optional<Tensor> mask(Tensor target, Tensor prediction, Tensor values) {
        return Optional.of(Ops.greater(values, 0));
    }

    @Override
    public Map<String, Object> config() {
        return configWith("gamma", gamma, "margin", margin, "remove_diagonal", removeDiagonal);
    }

    static Circle fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.gamma = config.number("gamma", builder.gamma);
        builder.margin = config.number("margin", builder.margin);
        builder.removeDiagonal = config.flag("remove_diagonal", builder.removeDiagonal);
        return builder.build();
    }
}
