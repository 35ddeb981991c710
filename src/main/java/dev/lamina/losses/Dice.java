package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code 1 - 2 sum(t p) / (sum(t) + sum(p) + 1e-7)}: how little targets and predictions overlap (Dice, 1945). */
public final class Dice extends Loss {
    private final Optional<List<Integer>> axis;

    /** The default options. */
    public Dice() {
        this(of());
    }

    private Dice(Builder builder) {
        super(builder.options("dice"));
        axis = builder.axis;
    }

    /** The loss with options to come. */
    public static Builder of() {
        return new Builder();
    }

    /** The options of a Dice. */
    public static final class Builder extends LossBuilder<Builder, Dice> {
        private Optional<List<Integer>> axis = Optional.empty();

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /** The axes that are summed over; by default all of them, the batch too, for one number a batch. */
        public Builder axis(int... axis) {
            this.axis = Optional.of(Arrays.stream(axis).boxed().toList());
            return this;
        }

        @Override
        public Dice build() {
            return new Dice(this);
        }
    }

    @Override
    protected Tensor perSample(Tensor target, Tensor prediction) {
        Tensor overlap = Ops.sum(Ops.multiply(target, prediction), axes());
        Tensor sums = Ops.add(Ops.sum(target, axes()), Ops.sum(prediction, axes()));
        Tensor size = Ops.add(sums, Crossentropies.EPSILON);
        return Ops.subtract(1, Ops.divide(Ops.multiply(overlap, 2), size));
    }

    private Object writtenAxes() {
        return axis.<Object>map(axes -> axes.size() == 1 ? axes.get(0) : axes).orElse(Optional.empty());
    }

    private int[] axes() {
        return axis.orElse(List.of()).stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public Map<String, Object> config() {
        return configWith("axis", writtenAxes());
    }

    static Dice fromConfig(Config config) {
        Builder builder = of().fromBaseConfig(config);
        if (config.has("axis")) {
            builder.axis(config.integers("axis", new int[0]));
        }
        return builder.build();
    }
}
