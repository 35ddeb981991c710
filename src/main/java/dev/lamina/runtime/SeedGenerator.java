package dev.lamina.runtime;

import dev.lamina.ops.RandomOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A source of random numbers whose state, a seed and the number of draws, is a variable: a draw inside a traced step
 * advances it at every run. Generators with the same seed draw the same numbers, on every backend.
 */
public final class SeedGenerator {
    private static final AtomicLong GLOBAL_SEED = new AtomicLong(System.nanoTime() ^ 0x9E3779B97F4A7C15L);
    private static final AtomicLong SERIAL = new AtomicLong();
    private static final ThreadLocal<@Nullable Long> GIVEN = new ThreadLocal<>();

    private final Variable state;

    /** Seeded from {@link #setGlobalSeed}, or from the clock. */
    public SeedGenerator() {
        this(nextSeed());
    }

    public SeedGenerator(long seed) {
        state = Variables.create("seed_generator_state", HostArray.of(new long[] {seed, 0}), false);
    }

    /**
     * From here on, generators and initializers without a seed of their own draw the same numbers in every run of the
     * program.
     */
    public static void setGlobalSeed(long seed) {
        GLOBAL_SEED.set(seed);
        SERIAL.set(0);
    }

    /** Runs an action in which the next fresh seed on this thread is this one. */
    static <T> T seeded(long seed, Supplier<T> action) {
        GIVEN.set(seed);
        try {
            return action.get();
        } finally {
            GIVEN.remove();
        }
    }

    /** A fresh seed, reproducible after {@link #setGlobalSeed}. */
    public static long nextSeed() {
        Long given = GIVEN.get();
        if (given != null) {
            GIVEN.remove();
            return given;
        }
        // SplitMix64's finalizer (Steele, Lea and Flood, 2014) spreads consecutive serial numbers over all seeds.
        long z = GLOBAL_SEED.get() + SERIAL.incrementAndGet() * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** Uniform in [0, 1), floating-point. */
    public Tensor uniform(Shape shape, DType dtype) {
        return draw(new RandomOp.Uniform(shape, dtype));
    }

    /** Standard normal. */
    public Tensor normal(Shape shape, DType dtype) {
        return draw(new RandomOp.Normal(shape, dtype));
    }

    private Tensor draw(RandomOp op) {
        Tensor values = Dispatch.INSTANCE.apply(op, state);
        state.assignAdd(Dispatch.upload("one_draw", HostArray.of(new long[] {0, 1})));
        return values;
    }

    /** The seed and the number of draws, int64 {@code (2,)}. */
    public Variable state() {
        return state;
    }
}
