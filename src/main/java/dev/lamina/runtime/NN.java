package dev.lamina.runtime;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.ops.Window;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** The functions of neural networks: activations, softmax, cross-entropies, convolution, pooling, normalization. */
public final class NN {
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

    /** {@code x > 0 ? x : alpha * (exp(x) - 1)}. */
    public static Tensor elu(Tensor x, double alpha) {
        Tensor zero = Ops.constant(0, x.dtype());
        Tensor negative = Ops.multiply(Ops.expm1(Ops.minimum(x, zero)), alpha);
        return Ops.where(Ops.apply(BinaryOp.GREATER, x, zero), x, negative);
    }

    /** {@code x > 0 ? x : slope * x}. */
    public static Tensor leakyRelu(Tensor x, double slope) {
        Tensor zero = Ops.constant(0, x.dtype());
        return Ops.where(Ops.apply(BinaryOp.GREATER, x, zero), x, Ops.multiply(x, slope));
    }

    /** Over the last axis. */
    public static Tensor softmax(Tensor logits) {
        return Ops.apply(new SoftmaxOp.Softmax(), logits);
    }

    /** Over the last axis. */
    public static Tensor logSoftmax(Tensor logits) {
        return Ops.apply(new SoftmaxOp.LogSoftmax(), logits);
    }

    /** Of logits {@code (..., classes)} against integer labels {@code (...)}: one number a row. */
    public static Tensor sparseCrossEntropy(Tensor logits, Tensor labels) {
        return Ops.apply(new SoftmaxOp.SparseCrossEntropy(), logits, labels);
    }

    /** Of logits against target weights of the same shape: one number a row. */
    public static Tensor crossEntropy(Tensor logits, Tensor targets) {
        return Ops.apply(new SoftmaxOp.CrossEntropy(), logits, targets);
    }

    /** Images {@code (batch, height, width, channels)}, kernel {@code (height, width, channels / groups, filters)}. */
    public static Tensor conv2d(Tensor images, Tensor kernel, Window window, int groups) {
        return Ops.apply(new ConvolutionOp.Conv2D(window, groups), images, kernel);
    }

    public static Tensor maxPool2d(Tensor images, Window window) {
        return Ops.apply(new PoolingOp.MaxPool2D(window), images);
    }

    /** Over all axes but the last, with the batch's statistics; gives {@code (y, mean, variance)}. */
    public static List<Tensor> batchNorm(Tensor x, Tensor gamma, Tensor beta, double epsilon) {
        return Ops.applyAll(new NormalizationOp.BatchNorm(epsilon), x, gamma, beta);
    }
}
