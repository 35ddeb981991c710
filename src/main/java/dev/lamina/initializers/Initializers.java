package dev.lamina.initializers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Philox;
import dev.lamina.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;

/**
 * The built-in initializers, by factory and by Keras's name. Random ones draw on the host, from Philox, so that every
 * backend starts from the same weights. Without a seed each use draws anew, reproducibly after
 * {@link SeedGenerator#setGlobalSeed}.
 */
public final class Initializers {
    private Initializers() {}

    /** How variance scaling divides its scale: by the inputs, the outputs, or their mean. */
    public enum Fan {
        IN,
        OUT,
        AVERAGE
    }

    /** The shape of a random distribution. */
    public enum Distribution {
        UNIFORM,
        NORMAL,
        /** Normal, values beyond two standard deviations drawn again. */
        TRUNCATED_NORMAL
    }

    public static Initializer zeros() {
        return constant(0);
    }

    public static Initializer ones() {
        return constant(1);
    }

    public static Initializer constant(double value) {
        return new Constant(value);
    }

    /** Ones on the diagonal of a matrix, times {@code gain}. */
    public static Initializer identity(double gain) {
        return new Identity(gain);
    }

    /** Keras's default is mean 0, standard deviation 0.05. */
    public static Initializer randomNormal(double mean, double deviation) {
        return new Random(Distribution.NORMAL, mean, deviation, OptionalLong.empty());
    }

    /** Keras's default is from -0.05 to 0.05. */
    public static Initializer randomUniform(double low, double high) {
        return new Random(Distribution.UNIFORM, low, high, OptionalLong.empty());
    }

    public static Initializer truncatedNormal(double mean, double deviation) {
        return new Random(Distribution.TRUNCATED_NORMAL, mean, deviation, OptionalLong.empty());
    }

    /** Uniform with limit {@code sqrt(6 / (fanIn + fanOut))} (Glorot and Bengio, 2010). */
    public static Initializer glorotUniform() {
        return new VarianceScaling(1, Fan.AVERAGE, Distribution.UNIFORM, OptionalLong.empty());
    }

    public static Initializer glorotNormal() {
        return new VarianceScaling(1, Fan.AVERAGE, Distribution.TRUNCATED_NORMAL, OptionalLong.empty());
    }

    /** Uniform with limit {@code sqrt(6 / fanIn)} (He et al., 2015). */
    public static Initializer heUniform() {
        return new VarianceScaling(2, Fan.IN, Distribution.UNIFORM, OptionalLong.empty());
    }

    public static Initializer heNormal() {
        return new VarianceScaling(2, Fan.IN, Distribution.TRUNCATED_NORMAL, OptionalLong.empty());
    }

    public static Initializer lecunUniform() {
        return new VarianceScaling(1, Fan.IN, Distribution.UNIFORM, OptionalLong.empty());
    }

    public static Initializer lecunNormal() {
        return new VarianceScaling(1, Fan.IN, Distribution.TRUNCATED_NORMAL, OptionalLong.empty());
    }

    /** The initializer of that Keras name with its default arguments, such as {@code "random_normal"}. */
    public static Initializer of(String name) {
        return switch (name) {
            case "zeros" -> zeros();
            case "ones" -> ones();
            case "identity" -> identity(1);
            case "random_normal" -> randomNormal(0, 0.05);
            case "random_uniform" -> randomUniform(-0.05, 0.05);
            case "truncated_normal" -> truncatedNormal(0, 0.05);
            case "glorot_uniform" -> glorotUniform();
            case "glorot_normal" -> glorotNormal();
            case "he_uniform" -> heUniform();
            case "he_normal" -> heNormal();
            case "lecun_uniform" -> lecunUniform();
            case "lecun_normal" -> lecunNormal();
            default ->
                throw new IllegalArgumentException("[initializer] expected zeros, ones, identity, random_normal, "
                        + "random_uniform, truncated_normal, or glorot, he or lecun followed by _uniform or _normal; received \""
                        + name + "\".");
        };
    }

    /** The inverse of {@link Initializer#config}. */
    public static Initializer fromConfig(Map<String, ?> config) {
        String name = String.valueOf(config.get("name"));
        return switch (name) {
            case "constant" -> constant(number(config, "value"));
            case "identity" -> identity(number(config, "gain"));
            case "random" ->
                new Random(
                        Distribution.valueOf(String.valueOf(config.get("distribution"))),
                        number(config, "a"),
                        number(config, "b"),
                        seed(config));
            case "variance_scaling" ->
                new VarianceScaling(
                        number(config, "scale"),
                        Fan.valueOf(String.valueOf(config.get("fan"))),
                        Distribution.valueOf(String.valueOf(config.get("distribution"))),
                        seed(config));
            default -> of(name);
        };
    }

    private static double number(Map<String, ?> config, String key) {
        if (config.get(key) instanceof Number value) {
            return value.doubleValue();
        }
        throw new IllegalArgumentException(
                "[initializer] expected a number \"" + key + "\" in the config; received " + config + ".");
    }

    private static OptionalLong seed(Map<String, ?> config) {
        return config.get("seed") instanceof Number seed ? OptionalLong.of(seed.longValue()) : OptionalLong.empty();
    }

    private static Map<String, Object> map(String name, Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", name);
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return map;
    }

    private static Map<String, Object> withSeed(OptionalLong seed, Map<String, Object> map) {
        seed.ifPresent(value -> map.put("seed", value));
        return map;
    }

    private record Constant(double value) implements Initializer {
        @Override
        public HostArray apply(Shape shape, DType dtype) {
            return HostArray.zeros(shape, dtype).fill(i -> value);
        }

        @Override
        public Map<String, Object> config() {
            return map("constant", "value", value);
        }
    }

    private record Identity(double gain) implements Initializer {
        @Override
        public HostArray apply(Shape shape, DType dtype) {
            if (shape.rank() != 2) {
                throw new ShapeException(
                        "[identity] expected the shape of a matrix; received " + shape + ". Use another initializer.");
            }
            int columns = Math.max(1, shape.size(1));
            return HostArray.zeros(shape, dtype).fill(i -> i / columns == i % columns ? gain : 0);
        }

        @Override
        public Map<String, Object> config() {
            return map("identity", "gain", gain);
        }
    }

    /** {@code a} and {@code b} are the bounds of the uniform, the mean and deviation of the normal distributions. */
    private record Random(Distribution distribution, double a, double b, OptionalLong seed) implements Initializer {
        @Override
        public HostArray apply(Shape shape, DType dtype) {
            return draw(distribution, a, b, seed, HostArray.zeros(shape, dtype));
        }

        @Override
        public Map<String, Object> config() {
            return withSeed(seed, map("random", "distribution", distribution.name(), "a", a, "b", b));
        }
    }

    /** Standard deviation {@code sqrt(scale / fan)}, with Keras's corrections for each distribution. */
    private record VarianceScaling(double scale, Fan fan, Distribution distribution, OptionalLong seed)
            implements Initializer {
        /** The standard deviation of a normal distribution that is cut off at two of its deviations. */
        private static final double TRUNCATED_DEVIATION = 0.8796256610342398;

        @Override
        public HostArray apply(Shape shape, DType dtype) {
            int rank = shape.rank();
            double receptive = rank > 2 ? shape.elements(0, rank - 2) : 1;
            double in = rank == 0 ? 1 : (rank == 1 ? shape.size(0) : shape.size(-2)) * receptive;
            double out = rank == 0 ? 1 : shape.size(-1) * receptive;
            double count = Math.max(
                    1,
                    switch (fan) {
                        case IN -> in;
                        case OUT -> out;
                        case AVERAGE -> (in + out) / 2;
                    });
            double variance = scale / count;
            HostArray values = HostArray.zeros(shape, dtype);
            return switch (distribution) {
                case UNIFORM -> {
                    double limit = Math.sqrt(3 * variance);
                    yield draw(distribution, -limit, limit, seed, values);
                }
                case NORMAL -> draw(distribution, 0, Math.sqrt(variance), seed, values);
                case TRUNCATED_NORMAL -> draw(distribution, 0, Math.sqrt(variance) / TRUNCATED_DEVIATION, seed, values);
            };
        }

        @Override
        public Map<String, Object> config() {
            return withSeed(
                    seed,
                    map("variance_scaling", "scale", scale, "fan", fan.name(), "distribution", distribution.name()));
        }
    }

    private static HostArray draw(Distribution distribution, double a, double b, OptionalLong seed, HostArray values) {
        Words words = new Words(seed.isPresent() ? seed.getAsLong() : SeedGenerator.nextSeed());
        DoubleSupplier source = switch (distribution) {
            case UNIFORM -> () -> a + (b - a) * words.uniform();
            case NORMAL -> () -> a + b * words.normal();
            case TRUNCATED_NORMAL ->
                () -> {
                    double normal = words.normal();
                    while (Math.abs(normal) > 2) {
                        normal = words.normal();
                    }
                    return a + b * normal;
                };
        };
        return values.fill(i -> source.getAsDouble());
    }

    /** A sequence of random numbers from Philox. */
    private static final class Words {
        private final long seed;
        private final int[] words = new int[4];
        private long block;
        private int next = 4;

        private Words(long seed) {
            this.seed = seed;
        }

        private double uniform() {
            if (next == 4) {
                Philox.block(seed, 0, block++, words);
                next = 0;
            }
            return (words[next++] & 0xffffffffL) * 0x1p-32;
        }

        private double normal() {
            double radius = Math.sqrt(-2 * Math.log(uniform() + 0x1p-32));
            return radius * Math.cos(2 * Math.PI * uniform());
        }
    }
}
