package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code 1 - o / (o + alpha sum((1 - p) t) + beta sum(p (1 - t)) + 1e-7)} with the overlap {@code o = sum(t p)}: as
 * {@link Dice}, with weights for what is missed and what is wrongly found (Salehi et al., 2017).
 */
public final class Tversky extends Loss {
    private final double alpha;
    private final double beta;
    private final Optional<List<Integer>> axis;

    /** The default options. */
    public Tversky() {
        this(of());
    }

    private Tversky(Builder builder) {
        super(builder.options("tversky"));
        alpha = builder.alpha;
        beta = builder.beta;
        axis = builder.axis;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a Tversky. */
    public static final class Builder extends LossBuilder<Builder, Tversky> {
        private double alpha = 0.5;
        private double beta = 0.5;
        private Optional<List<Integer>> axis = Optional.empty();

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** The weight of what is missed; 0.5 by default. */
        public Builder alpha(double alpha) {
            this.alpha = alpha;
            return this;
        }

        /** The weight of what is wrongly found; 0.5 by default. */
        public Builder beta(double beta) {
            this.beta = beta;
            return this;
        }

        /** The axes that are summed over; by default all of them, the batch too, for one number a batch. */
        public Builder axis(int... axis) {
            this.axis = Optional.of(Arrays.stream(axis).boxed().toList());
            return this;
        }

        @Override
        public Tversky build() {
            return new Tversky(this);
        }
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor overlap = Ops.sum(Ops.multiply(target, prediction), axes());
        Tensor missed = Ops.sum(Ops.multiply(Ops.subtract(1, prediction), target), axes());
        Tensor found = Ops.sum(Ops.multiply(prediction, Ops.subtract(1, target)), axes());
        Tensor errors = Ops.add(Ops.multiply(missed, alpha), Ops.multiply(found, beta));
        Tensor size = Ops.add(Ops.add(overlap, errors), Crossentropies.EPSILON);
        return Ops.subtract(1, Ops.divide(overlap, size));
    }

    private Object writtenAxes() {
        return axis.<Object>map(axes -> axes.size() == 1 ? axes.get(0) : axes).orElse(Optional.empty());
    }

    private int[] axes() {
        return axis.orElse(List.of()).stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public Map<String, Object> config() {
        return configWith("alpha", alpha, "beta", beta, "axis", writtenAxes());
    }

    static Tversky fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        builder.alpha = config.number("alpha", builder.alpha);
        builder.beta = config.number("beta", builder.beta);
        if (config.has("axis")) {
            builder.axis(config.integers("axis", new int[0]));
        }
        return builder.build();
    }
}
