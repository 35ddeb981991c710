package dev.lamina.runtime;

import dev.lamina.errors.ShapeException;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** The functions of neural networks: activations, softmax, cross-entropies, convolution, pooling, normalization. */
public final class NN {
    private static final double SELU_ALPHA = 1.6732632423543772;
    private static final double SELU_SCALE = 1.0507009873554805;

    private NN() {}

    /** {@code max(x, 0)}. */
    public static Tensor relu(Tensor x) {
        return Ops.apply(UnaryOp.RELU, x);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public static Tensor sigmoid(Tensor x) {
        return Ops.apply(UnaryOp.SIGMOID, x);
    }

    /** {@code x * Phi(x)}, Phi the normal distribution. */
    public static Tensor gelu(Tensor x) {
        return Ops.apply(UnaryOp.GELU, x);
    }

    /** {@code x * sigmoid(x)}. */
    public static Tensor silu(Tensor x) {
        return Ops.apply(UnaryOp.SILU, x);
    }

    /** {@code log(1 + exp(x))}. */
    public static Tensor softplus(Tensor x) {
        return Ops.apply(UnaryOp.SOFTPLUS, x);
    }

    /** {@code x > 0 ? x : alpha * (exp(x) - 1)} (Clevert et al., 2016). */
    public static Tensor elu(Tensor x, double alpha) {
        return where(x, 0, x, Ops.multiply(Ops.expm1(Ops.minimum(x, 0)), alpha));
    }

    /** {@code x > 0 ? x : slope * x}. */
    public static Tensor leakyRelu(Tensor x, double slope) {
        return where(x, 0, x, Ops.multiply(x, slope));
    }

    /**
     * {@code x > threshold ? x : slope * (x - threshold)}. For a maximum, or a hinge that is not at 0, see the layer
     * ReLU.
     */
    public static Tensor leakyRelu(Tensor x, double slope, double threshold) {
        return where(x, threshold, x, Ops.multiply(Ops.subtract(x, threshold), slope));
    }

    /** {@code x > 0 ? x : alpha * (exp(x / alpha) - 1)} (Barron, 2017). */
    public static Tensor celu(Tensor x, double alpha) {
        return where(x, 0, x, Ops.multiply(Ops.expm1(Ops.divide(Ops.minimum(x, 0), alpha)), alpha));
    }

    /** {@code scale * elu(x, alpha)} with the constants that keep mean 0 and variance 1 (Klambauer et al., 2017). */
    public static Tensor selu(Tensor x) {
        return Ops.multiply(elu(x, SELU_ALPHA), SELU_SCALE);
    }

    /** {@code min(max(x, 0), 6)}; the derivative is 0 at both corners. */
    public static Tensor relu6(Tensor x) {
        // At a tie the first operand gets the gradient.
        return Ops.minimum(Ops.constant(6, Autocast.dtype(x)), relu(x));
    }

    /** {@code x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2}, close to {@link #gelu}. */
    public static Tensor geluByTanh(Tensor x) {
        return Ops.apply(UnaryOp.GELU_TANH, x);
    }

    /** {@code a * sigmoid(b)}, a and b being the halves of an axis of even size (Dauphin et al., 2017). */
    public static Tensor glu(Tensor x, int axis) {
        int size = x.shape().size(axis);
        if (size != Shape.UNKNOWN && size % 2 != 0) {
            throw new ShapeException("[glu] expected an even number of elements along axis " + axis
                    + ", to split it in two; received " + x.spec() + ".");
        }
        int half = size == Shape.UNKNOWN ? size : size / 2;
        return Ops.multiply(
                AlongAxis.part(x, axis, 0, half), sigmoid(AlongAxis.part(x, axis, Math.max(0, half), half)));
    }

    /** {@code |x| > threshold ? x : 0}. */
    public static Tensor hardShrink(Tensor x, double threshold) {
        return where(Ops.abs(x), threshold, x, zero(x));
    }

    /** {@code x - threshold} above it, {@code x + threshold} below {@code -threshold}, 0 between. */
    public static Tensor softShrink(Tensor x, double threshold) {
        Tensor shrunk = Ops.subtract(x, Ops.multiply(Ops.sign(x), threshold));
        return where(Ops.abs(x), threshold, shrunk, zero(x));
    }

    /** {@code x - tanh(x)}. */
    public static Tensor tanhShrink(Tensor x) {
        return Ops.subtract(x, Ops.tanh(x));
    }

    /** {@code x > threshold ? x : value}. */
    public static Tensor threshold(Tensor x, double threshold, double value) {
        return where(x, threshold, x, Ops.constant(value, x.dtype()));
    }

    /** {@code min(max(x + 3, 0), 6) / 6}. */
    public static Tensor hardSigmoid(Tensor x) {
        return Ops.divide(relu6(Ops.add(x, 3)), 6);
    }

    /** {@code x * hardSigmoid(x)} (Howard et al., 2019); the derivative at the corners is that of the part between. */
    public static Tensor hardSilu(Tensor x) {
        return Ops.multiply(x, Ops.divide(Ops.clip(Ops.add(x, 3), 0, 6), 6));
    }

    /** {@code min(max(x, -1), 1)}. */
    public static Tensor hardTanh(Tensor x) {
        return Ops.clip(x, -1, 1);
    }

    /** {@code log(1 / (1 + exp(-x)))}. */
    public static Tensor logSigmoid(Tensor x) {
        return Ops.negate(softplus(Ops.negate(x)));
    }

    /** {@code x * tanh(softplus(x))} (Misra, 2019). */
    public static Tensor mish(Tensor x) {
        return Ops.multiply(x, Ops.tanh(softplus(x)));
    }

    /** {@code x / (1 + |x|)}. */
    public static Tensor softsign(Tensor x) {
        return Ops.divide(x, Ops.add(Ops.abs(x), 1));
    }

    /** {@code (x + sqrt(x^2 + b)) / 2} (Barron, 2021). */
    public static Tensor squareplus(Tensor x, double b) {
        return Ops.multiply(Ops.add(x, Ops.sqrt(Ops.add(Ops.square(x), b))), 0.5);
    }

    /** 0 up to -1, {@code (x + 1)^2 / 4} up to 1, x from there. */
    public static Tensor sparsePlus(Tensor x) {
        return where(x, 1, x, Ops.multiply(Ops.square(Ops.add(Ops.clip(x, -1, 1), 1)), 0.25));
    }

    /** {@code min(max((x + 1) / 2, 0), 1)}. */
    public static Tensor sparseSigmoid(Tensor x) {
        return Ops.clip(Ops.multiply(Ops.add(x, 1), 0.5), 0, 1);
    }

    private static Tensor where(Tensor x, double above, Tensor then, Tensor otherwise) {
        return Ops.where(Ops.greater(x, above), then, otherwise);
    }

    private static Tensor zero(Tensor x) {
        return Ops.constant(0, Autocast.dtype(x));
    }

    /** {@code exp(x) / sum exp(x)} over the last axis. */
    public static Tensor softmax(Tensor logits) {
        return Ops.apply(new SoftmaxOp.Softmax(), logits);
    }

    /** Over these axes taken together. */
    public static Tensor softmax(Tensor logits, int... axes) {
        return Rows.of(logits, axes).apply(NN::softmax);
    }

    /** {@code x - log sum exp(x)} over the last axis. */
    public static Tensor logSoftmax(Tensor logits) {
        return Ops.apply(new SoftmaxOp.LogSoftmax(), logits);
    }

    /** Over these axes taken together. */
    public static Tensor logSoftmax(Tensor logits, int... axes) {
        return Rows.of(logits, axes).apply(NN::logSoftmax);
    }

    /**
     * The nearest probabilities to x along an axis, many of them 0: {@code max(x - tau, 0)}, tau chosen so that they
     * sum to 1 (Martins and Astudillo, 2016). Compares each element with each: for rows of up to some thousands.
     */
    public static Tensor sparsemax(Tensor x, int axis) {
        return Rows.of(x, axis).apply(NN::sparsemaxOfRows);
    }

    private static Tensor sparsemaxOfRows(Tensor z) {
        // Of each element: how many are as large, and their sum. The support is where 1 + count * z > sum.
        Tensor larger = Ops.cast(Ops.greaterEqual(Ops.expandDims(z, -2), Ops.expandDims(z, -1)), z.dtype());
        Tensor count = Ops.sum(larger, -1);
        Tensor sum = Ops.sum(Ops.multiply(larger, Ops.expandDims(z, -2)), -1);
        Tensor support = Ops.cast(Ops.greater(Ops.add(Ops.multiply(count, z), 1), sum), z.dtype());
        Tensor size = Ops.reduce(ReductionOp.Kind.SUM, support, true, -1);
        Tensor total = Ops.reduce(ReductionOp.Kind.SUM, Ops.multiply(support, z), true, -1);
        Tensor tau = Ops.divide(Ops.subtract(total, 1), size);
        return relu(Ops.subtract(z, tau));
    }

    /** As {@link #dotProductAttention(Tensor, Tensor, Tensor, AttentionOptions)}, without any of the options. */
    public static Tensor dotProductAttention(Tensor query, Tensor key, Tensor value) {
        return dotProductAttention(query, key, value, AttentionOptions.DEFAULT);
    }

    /**
     * {@code softmax(query key^T / sqrt(H)) value} for each head (Vaswani et al., 2017): queries {@code (B, T, N, H)},
     * keys and values {@code (B, S, K, H)}, result {@code (B, T, N, H)}. N is a multiple of K: each head of keys serves
     * N / K heads of queries (Ainslie et al., 2023). Made of products and a softmax that keep {@code (B, N, T, S)}.
     */
    public static Tensor dotProductAttention(Tensor query, Tensor key, Tensor value, AttentionOptions options) {
        return Attention.apply(query, key, value, options);
    }

    /** Of logits {@code (..., classes)} against integer labels {@code (...)}: one number a row. */
    public static Tensor sparseCrossEntropy(Tensor logits, Tensor labels) {
        return Ops.apply(new SoftmaxOp.SparseCrossEntropy(), logits, labels);
    }

    /** Of logits against target weights of the same shape: one number a row. */
    public static Tensor crossEntropy(Tensor logits, Tensor targets) {
        return Ops.apply(new SoftmaxOp.CrossEntropy(), logits, targets);
    }

    /**
     * Images {@code (batch, ..., channels)} of one to three spatial axes, kernel {@code (..., channels / groups,
     * filters)}; the window holds the kernel's size.
     */
    public static Tensor conv(Tensor images, Tensor kernel, Window window, int groups) {
        return Ops.apply(new ConvolutionOp.Conv(window, groups), images, kernel);
    }

    /**
     * The transposed convolution: what the gradient of {@link #conv} with respect to the images computes. Kernel
     * {@code (..., filters, channels)}. With padding "same" the output is {@code stride} times as long, else
     * {@code (size - 1) * stride + max(extent, stride)} elements.
     *
     * @param outputPadding for each axis, how much longer the output is than {@code (size - 1) * stride + extent}, or
     *     with padding "same" than {@code (size - 1) * stride + extent % 2}; empty for the sizes above
     */
    public static Tensor convTranspose(Tensor images, Tensor kernel, Window window, List<Integer> outputPadding) {
        return Images.convTranspose(images, kernel, window, outputPadding);
    }

    /**
     * Each channel by itself; kernel {@code (..., channels, multiplier)}, output channels {@code channels *
     * multiplier}.
     */
    public static Tensor depthwiseConv(Tensor images, Tensor kernel, Window window) {
        return Images.depthwiseConv(images, kernel, window);
    }

    public static Tensor maxPool(Tensor images, Window window) {
        return Ops.apply(new PoolingOp.MaxPool(window), images);
    }

    /** The mean of each window; what lies in the padding is not counted. */
    public static Tensor averagePool(Tensor images, Window window) {
        return Ops.apply(new PoolingOp.AveragePool(window), images);
    }

    /** Over the last axis; gamma and beta {@code (columns,)}, which are used in float32 for 16-bit data. */
    public static Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        DType wide = NormalizationOp.statistics(x.dtype());
        return Ops.applyAll(new NormalizationOp.LayerNorm(epsilon), x, Ops.cast(gamma, wide), Ops.cast(beta, wide))
                .get(0);
    }

    /**
     * The largest element, or the mean, of a fixed number of windows: along an axis of size n with m outputs, output i
     * covers the elements from {@code floor(i * n / m)} up to, and not with, {@code ceil((i + 1) * n / m)}.
     *
     * @param kind MAX or MEAN
     * @param outputSize for each spatial axis
     */
    public static Tensor adaptivePool(ReductionOp.Kind kind, Tensor images, int... outputSize) {
        return Images.adaptivePool(kind, images, outputSize);
    }

    /**
     * Over all axes but the last, with the batch's statistics; gives {@code (y, mean, variance)}, the latter two in
     * float32 for 16-bit data.
     */
    public static List<Tensor> batchNorm(Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        DType wide = NormalizationOp.statistics(x.dtype());
        return Ops.applyAll(new NormalizationOp.BatchNorm(epsilon), x, Ops.cast(gamma, wide), Ops.cast(beta, wide));
    }
}
