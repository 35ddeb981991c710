package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * In training sets a fraction of the elements to 0, chosen anew at each call, and scales the others by {@code 1 / (1 -
 * rate)} (Srivastava et al., 2014). In inference it does nothing.
 */
public final class Dropout extends Layer {
    private final double rate;
    private final OptionalLong seed;
    private @Nullable SeedGenerator generator;

    /** @param rate the fraction to drop, from 0 (nothing) to 1 (all) */
    public Dropout(double rate) {
        this(rate, OptionalLong.empty(), LayerOptions.DEFAULT);
    }

    /** @param seed makes the choice repeatable */
    public Dropout(double rate, long seed) {
        this(rate, OptionalLong.of(seed), LayerOptions.DEFAULT);
    }

    public Dropout(double rate, OptionalLong seed, LayerOptions options) {
        super(options);
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("[" + name() + "] expected a rate from 0 to 1; received " + rate + ".");
        }
        this.rate = rate;
        this.seed = seed;
    }

    public double rate() {
        return rate;
    }

    @Override
    protected void build(Shape inputShape) {
        generator = seed.isPresent() ? new SeedGenerator(seed.getAsLong()) : new SeedGenerator();
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x, CallContext context) {
        if (!context.training() || rate == 0) {
            return x;
        }
        if (rate == 1) {
            return Ops.multiply(x, 0);
        }
        Tensor draws = Built.get(this, generator).uniform(x.shape(), x.dtype());
        Tensor kept = Ops.greaterEqual(draws, Ops.constant(rate, x.dtype()));
        return Ops.where(kept, Ops.multiply(x, 1 / (1 - rate)), Ops.constant(0, x.dtype()));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("rate", rate);
        seed.ifPresent(value -> config.put("seed", value));
        return config;
    }

    static Dropout fromConfig(Map<String, ?> entries) {
        OptionalLong seed =
                entries.get("seed") instanceof Number value ? OptionalLong.of(value.longValue()) : OptionalLong.empty();
        return new Dropout(new LayerConfig(entries).number("rate"), seed, LayerOptions.fromConfig(entries));
    }
}
