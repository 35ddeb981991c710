package dev.lamina.initializers;

import dev.lamina.config.Config;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Random numbers of variance {@code scale / fan}, with fan the number of inputs of a unit, of its outputs, or their
 * mean: {@code rows} and {@code columns} of a matrix, times the receptive field of a convolution's kernel
 * {@code (height, width, in, out)}.
 */
public final class VarianceScaling implements Initializer {
    /** What the scale is divided by: the inputs, the outputs, or their mean. */
    public enum Fan {
        IN("fan_in"),
        OUT("fan_out"),
        AVERAGE("fan_avg");

        private final String kerasName;

        Fan(String kerasName) {
            this.kerasName = kerasName;
        }
    }

    /** The shape of the distribution. */
    public enum Distribution {
        UNIFORM("uniform"),
        /** Normal, values beyond two standard deviations drawn again; the deviation is enlarged to make up for it. */
        TRUNCATED_NORMAL("truncated_normal"),
        NORMAL("untruncated_normal");

        private final String kerasName;

        Distribution(String kerasName) {
            this.kerasName = kerasName;
        }
    }

    /** The standard deviation of a normal distribution that is cut off at two of its deviations. */
    private static final double TRUNCATED_DEVIATION = 0.8796256610342398;

    private record Axes(List<Integer> in, List<Integer> out) {}

    private final String className;
    private final double scale;
    private final Fan fan;
    private final Distribution distribution;
    private final OptionalLong seed;
    private final Optional<Axes> axes;

    /** Keras's default is 1, {@link Fan#IN}, {@link Distribution#TRUNCATED_NORMAL}. */
    public VarianceScaling(double scale, Fan fan, Distribution distribution) {
        this("VarianceScaling", scale, fan, distribution, OptionalLong.empty(), Optional.empty());
    }

    private VarianceScaling(
            String className,
            double scale,
            Fan fan,
            Distribution distribution,
            OptionalLong seed,
            Optional<Axes> axes) {
        if (!(scale > 0)) {
            throw new IllegalArgumentException(
                    "[variance_scaling] expected a scale greater than 0; received " + scale + ".");
        }
        this.className = className;
        this.scale = scale;
        this.fan = fan;
        this.distribution = distribution;
        this.seed = seed;
        this.axes = axes;
    }

    /** One of the usual choices, whose name tells the distribution. */
    static VarianceScaling named(String className, double scale, Fan fan) {
        Distribution distribution =
                className.endsWith("Uniform") ? Distribution.UNIFORM : Distribution.TRUNCATED_NORMAL;
        return new VarianceScaling(className, scale, fan, distribution, OptionalLong.empty(), Optional.empty());
    }

    /** The same, which draws the same numbers at each use. */
    public VarianceScaling seed(long newSeed) {
        return new VarianceScaling(className, scale, fan, distribution, OptionalLong.of(newSeed), axes);
    }

    /** The same, for a weight whose inputs and outputs lie along other axes than those of a kernel. */
    public VarianceScaling axes(List<Integer> inputAxes, List<Integer> outputAxes) {
        Axes given = new Axes(List.copyOf(inputAxes), List.copyOf(outputAxes));
        return new VarianceScaling(className, scale, fan, distribution, seed, Optional.of(given));
    }

    @Override
    public HostArray apply(Shape shape, DType dtype) {
        double variance = scale / Math.max(1, fan(shape));
        HostArray values = HostArray.zeros(shape, dtype);
        return switch (distribution) {
            case UNIFORM -> {
                double limit = Math.sqrt(3 * variance);
                yield Draws.uniform(values, -limit, limit, seed);
            }
            case NORMAL -> Draws.normal(values, 0, Math.sqrt(variance), seed);
            case TRUNCATED_NORMAL -> Draws.truncatedNormal(values, 0, Math.sqrt(variance) / TRUNCATED_DEVIATION, seed);
        };
    }

    private double fan(Shape shape) {
        int rank = shape.rank();
        double receptive = rank > 2 ? shape.elements(0, rank - 2) : 1;
        double in = rank == 0 ? 1 : (rank == 1 ? shape.size(0) : shape.size(-2)) * receptive;
        double out = rank == 0 ? 1 : shape.size(-1) * receptive;
        if (axes.isPresent()) {
            in = product(shape, axes.get().in());
            out = product(shape, axes.get().out());
        }
        return switch (fan) {
            case IN -> in;
            case OUT -> out;
            case AVERAGE -> (in + out) / 2;
        };
    }

    private static double product(Shape shape, List<Integer> axes) {
        double product = 1;
        for (int axis : axes) {
            product *= shape.size(axis);
        }
        return product;
    }

    @Override
    public boolean takesSeed() {
        return seed.isEmpty();
    }

    @Override
    public Map<String, Object> config() {
        Optional<List<Integer>> in = axes.map(Axes::in);
        Optional<List<Integer>> out = axes.map(Axes::out);
        return !className.equals("VarianceScaling")
                ? Initializers.config(className, "seed", seed, "input_axes", in, "output_axes", out)
                : Initializers.config(
                        className,
                        "seed",
                        seed,
                        "scale",
                        scale,
                        "mode",
                        fan.kerasName,
                        "distribution",
                        distribution.kerasName,
                        "input_axes",
                        in,
                        "output_axes",
                        out);
    }

    static VarianceScaling fromConfig(Config config) {
        String mode = config.text("mode", Fan.IN.kerasName);
        Fan fan = Arrays.stream(Fan.values())
                .filter(candidate -> candidate.kerasName.equals(mode))
                .findFirst()
                .orElseThrow(() -> config.wrong("mode", "fan_in, fan_out or fan_avg"));
        String name = config.text("distribution", Distribution.TRUNCATED_NORMAL.kerasName);
        // Keras reads its former name "normal" as truncated.
        String spelled = name.equals("normal") ? Distribution.TRUNCATED_NORMAL.kerasName : name;
        Distribution distribution = Arrays.stream(Distribution.values())
                .filter(candidate -> candidate.kerasName.equals(spelled))
                .findFirst()
                .orElseThrow(() -> config.wrong("distribution", "uniform, truncated_normal or untruncated_normal"));
        return new VarianceScaling(config.number("scale", 1), fan, distribution).withOptions(config);
    }

    /** With the options of a config that all of these initializers have. */
    VarianceScaling withOptions(Config config) {
        OptionalLong given = Initializers.seed(config);
        VarianceScaling result = given.isPresent() ? seed(given.getAsLong()) : this;
        boolean inputs = config.has("input_axes");
        boolean outputs = config.has("output_axes");
        return inputs && outputs
                ? result.axes(list(config.integers("input_axes")), list(config.integers("output_axes")))
                : result;
    }

    private static List<Integer> list(int[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
