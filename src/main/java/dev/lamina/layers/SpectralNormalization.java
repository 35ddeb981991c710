package dev.lamina.layers;

import dev.lamina.initializers.TruncatedNormal;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A layer whose kernel is divided by its largest singular value, estimated by power iteration, before each call in
 * training (Miyato et al., 2018). Weights: vector_u {@code (1, columns)}, not trainable, and those of the layer inside,
 * which must have one called kernel or embeddings.
 */
public final class SpectralNormalization extends Layer {
    private static final double SMALLEST_NORM = 1e-24;

    private final Layer layer;
    private final int powerIterations;
    private transient @Nullable Variable kernel;
    private @Nullable Variable vectorU;

    /** With one iteration. */
    public SpectralNormalization(Layer layer) {
        this(layer, 1, LayerOptions.DEFAULT);
    }

    public SpectralNormalization(Layer layer, int powerIterations, LayerOptions options) {
        super(options);
        if (powerIterations < 1) {
            throw new IllegalArgumentException(
                    "[" + name() + "] expected at least one power iteration; received " + powerIterations + ".");
        }
        this.layer = layer;
        this.powerIterations = powerIterations;
    }

    @Override
    protected void build(Shape inputShape) {
        layer.buildFor(inputShape);
        Variable found = layer.weights().stream()
                .filter(weight ->
                        weight.name().endsWith("/kernel") || weight.name().endsWith("/embeddings"))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("[" + name()
                        + "] expected a layer with a weight called kernel or embeddings; received " + layer + " with "
                        + layer.weights().stream().map(Variable::name).toList() + "."));
        kernel = found;
        vectorU = addWeight(WeightSpec.of("vector_u", Shape.of(1, found.shape().size(-1)))
                .initializer(new TruncatedNormal(0, 0.02, OptionalLong.empty()))
                .trainable(false));
    }

    /** The kernel is normalized in the type that it is kept in. */
    @Override
    public boolean autocast() {
        return false;
    }

    @Override
    protected Tensor call(Tensor x, CallContext context) {
        if (context.training()) {
            normalizeKernel(Built.get(this, kernel), Built.get(this, vectorU));
        }
        return Ops.cast(layer.apply(x), computeDType());
    }

    /** A kernel of zeros stays as it is. */
    private void normalizeKernel(Variable weight, Variable start) {
        Tensor matrix = Ops.reshape(
                Ops.stopGradient(weight), Shape.UNKNOWN, weight.shape().size(-1));
        Tensor transposed = Ops.transpose(matrix, 1, 0);
        Tensor u = start;
        Tensor v = start;
        for (int i = 0; i < powerIterations; i++) {
            v = unit(Ops.matmul(u, transposed));
            u = unit(Ops.matmul(v, matrix));
        }
        Tensor sigma = Ops.reshape(Ops.matmul(Ops.matmul(v, matrix), Ops.transpose(u, 1, 0)));
        Tensor largest = Ops.reduce(ReductionOp.Kind.MAX, Ops.abs(matrix), false);
        Tensor some = Ops.greater(largest, 0);
        Tensor divisor = Ops.where(some, sigma, 1);
        Tensor kept = Ops.where(some, u, start);
        weight.assign(Ops.divide(Ops.stopGradient(weight), divisor));
        start.assign(kept);
    }

    private static Tensor unit(Tensor row) {
        Tensor square = Ops.sum(Ops.square(row));
        return Ops.multiply(row, Ops.rsqrt(Ops.maximum(square, SMALLEST_NORM)));
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("layer", LayerRegistry.serialize(layer));
        config.put("power_iterations", powerIterations);
        return config;
    }

    static SpectralNormalization fromConfig(Map<String, ?> entries) {
        return LayerConfig.read(
                entries,
                config -> new SpectralNormalization(
                        LayerRegistry.deserialize(config.map("layer")),
                        config.integer("power_iterations", 1),
                        LayerOptions.fromConfig(config)));
    }
}
