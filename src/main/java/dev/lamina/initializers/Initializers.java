package dev.lamina.initializers;

import dev.lamina.config.Config;
import dev.lamina.config.Registry;
import dev.lamina.config.Serialized;
import dev.lamina.runtime.SeedGenerator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The initializers, by factory and by Keras's name. Random ones draw on the host, from Philox, so that every backend
 * starts from the same weights. Without a seed each use draws anew, reproducibly after
 * {@link SeedGenerator#setGlobalSeed}; {@code heNormal().seed(7)} draws the same numbers at each use.
 */
public final class Initializers {
    private static final Registry<Initializer> REGISTRY = new Registry<Initializer>("initializer")
            .register("Zeros", config -> plain(config, new Zeros()), "zero")
            .register("Ones", config -> plain(config, new Ones()), "one")
            .register("Constant", config -> plain(config, new Constant(config.number("value", 0))))
            .register(
                    "Identity", config -> plain(config, new Identity(config.number("gain", 1))), "IdentityInitializer")
            .register("RandomNormal", RandomNormal::fromConfig, "normal")
            .register("RandomUniform", RandomUniform::fromConfig, "uniform")
            .register("TruncatedNormal", TruncatedNormal::fromConfig)
            .register("VarianceScaling", VarianceScaling::fromConfig)
            .register("GlorotUniform", config -> glorotUniform().withOptions(config))
            .register("GlorotNormal", config -> glorotNormal().withOptions(config))
            .register("HeUniform", config -> heUniform().withOptions(config))
            .register("HeNormal", config -> heNormal().withOptions(config))
            .register("LecunUniform", config -> lecunUniform().withOptions(config))
            .register("LecunNormal", config -> lecunNormal().withOptions(config))
            .register("Orthogonal", Orthogonal::fromConfig, "OrthogonalInitializer")
            .register("STFT", Stft::fromConfig, "STFTInitializer");

    private Initializers() {}

    public static Initializer zeros() {
        return new Zeros();
    }

    public static Initializer ones() {
        return new Ones();
    }

    public static Initializer constant(double value) {
        return new Constant(value);
    }

    /** Ones on the diagonal of a matrix, times {@code gain}. */
    public static Initializer identity(double gain) {
        return new Identity(gain);
    }

    /** Keras's default is mean 0, standard deviation 0.05. */
    public static RandomNormal randomNormal(double mean, double deviation) {
        return new RandomNormal(mean, deviation, OptionalLong.empty());
    }

    /** Keras's default is from -0.05 to 0.05. */
    public static RandomUniform randomUniform(double low, double high) {
        return new RandomUniform(low, high, OptionalLong.empty());
    }

    /** As {@link #randomNormal}, values beyond two standard deviations drawn again. */
    public static TruncatedNormal truncatedNormal(double mean, double deviation) {
        return new TruncatedNormal(mean, deviation, OptionalLong.empty());
    }

    /** Uniform with limit {@code sqrt(6 / (fanIn + fanOut))} (Glorot and Bengio, 2010). */
    public static VarianceScaling glorotUniform() {
        return VarianceScaling.named("GlorotUniform", 1, VarianceScaling.Fan.AVERAGE);
    }

    /** Normal, cut off at two deviations, of variance {@code 2 / (fanIn + fanOut)}. */
    public static VarianceScaling glorotNormal() {
        return VarianceScaling.named("GlorotNormal", 1, VarianceScaling.Fan.AVERAGE);
    }

    /** Uniform with limit {@code sqrt(6 / fanIn)} (He et al., 2015). */
    public static VarianceScaling heUniform() {
        return VarianceScaling.named("HeUniform", 2, VarianceScaling.Fan.IN);
    }

    /** Normal, cut off at two deviations, of variance {@code 2 / fanIn}. */
    public static VarianceScaling heNormal() {
        return VarianceScaling.named("HeNormal", 2, VarianceScaling.Fan.IN);
    }

    /** Uniform with limit {@code sqrt(3 / fanIn)} (LeCun et al., 1998). */
    public static VarianceScaling lecunUniform() {
        return VarianceScaling.named("LecunUniform", 1, VarianceScaling.Fan.IN);
    }

    /** Normal, cut off at two deviations, of variance {@code 1 / fanIn}. */
    public static VarianceScaling lecunNormal() {
        return VarianceScaling.named("LecunNormal", 1, VarianceScaling.Fan.IN);
    }

    /** A random matrix whose rows or columns, whichever are fewer, are orthogonal. */
    public static Orthogonal orthogonal() {
        return new Orthogonal(1, OptionalLong.empty());
    }

    /**
     * The kernel of a convolution that computes the real or the imaginary side of a short-time Fourier transform, with
     * Keras's defaults: a symmetric Hann window, scaled by density.
     */
    public static Stft stft(Stft.Side side) {
        return new Stft(side, Optional.of(FrameWindow.of("hann")), Stft.Scaling.DENSITY, false);
    }

    /** The initializer of that Keras name with its default arguments, such as {@code "random_normal"}. */
    public static Initializer of(String name) {
        return REGISTRY.of(name);
    }

    /** The inverse of {@link Initializer#config}. */
    public static Initializer fromConfig(Map<String, ?> config) {
        return REGISTRY.deserialize(config);
    }

    /** Makes an initializer of your own known to {@link #of} and {@link #fromConfig}. */
    public static void register(String className, Registry.Factory<? extends Initializer> factory) {
        REGISTRY.register(className, factory);
    }

    static Map<String, Object> config(String className, Object... pairs) {
        return new Serialized("keras.initializers", className, Config.entries(pairs)).toMap();
    }

    /** The seed in a config: a number, or one of Keras's seed generators, of which only its seed matters. */
    static OptionalLong seed(Config config) {
        ignoreType(config);
        if (config.get("seed").orElse(0) instanceof Map<?, ?>) {
            Serialized generator = Serialized.of("seed", config.map("seed"));
            return new Config("seed", generator.config()).whole("seed");
        }
        return config.whole("seed");
    }

    private static Initializer plain(Config config, Initializer initializer) {
        ignoreType(config);
        return initializer;
    }

    /** Keras 2 wrote a type, which the weight decides on. */
    private static void ignoreType(Config config) {
        config.ignore("dtype");
    }
}
