package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The gradients of a convolution with a bias and the max pooling of it. Inputs {@code (x, kernel, winners, dy)}, the
 * winners being {@link PooledConvolution.Kept#WINNERS} of the convolution, {@code dy} of their shape; outputs
 * {@code (dkernel, dbias)}, and {@code dx} where asked for.
 *
 * @param pool of the places of the convolution
 * @param images whether the images' gradient is a result, the last
 */
public record PooledConvolutionBackward(FusedOp.Convolution convolution, PoolingOp.MaxPool pool, boolean images)
        implements FusedOp {
    @Override
    public String opName() {
        return "pooled_conv_backward";
    }

    /** What the convolution gave. */
    public TensorSpec places(List<TensorSpec> inputs) {
        return convolution.product().infer(inputs.subList(0, 2)).get(0);
    }

    /** The gradient of the kernel alone, of {@code x} and the gradients of the places. */
    public ConvolutionOp.KernelBackward kernelBackward(Shape kernel) {
        return new ConvolutionOp.KernelBackward(convolution.window(), convolution.groups(), kernel);
    }

    /** The gradient of the images alone, of the kernel and the gradients of the places. */
    public ConvolutionOp.InputBackward inputBackward(Shape x) {
        return new ConvolutionOp.InputBackward(convolution.window(), convolution.groups(), x);
    }

    /** The gradient of the bias alone, of the gradients of the places. */
    public ReductionOp.Reduce sum() {
        int[] axes = IntStream.rangeClosed(0, convolution.window().rank()).toArray();
        return ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, axes);
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 4);
        TensorSpec x = inputs.get(0);
        TensorSpec kernel = inputs.get(1);
        TensorSpec places = places(inputs);
        PoolingWinners.require(this, pool.window(), places.shape());
        TensorSpec pooled = pool.infer(List.of(places)).get(0);
        Check.compatible(this, pooled, inputs.get(3));
        Check.sameDType(this, pooled, inputs.get(3));
        Check.compatible(this, new TensorSpec(pooled.shape(), DType.UINT8), inputs.get(2));
        Check.sameDType(this, new TensorSpec(pooled.shape(), DType.UINT8), inputs.get(2));
        List<TensorSpec> gradients =
                new ArrayList<>(List.of(kernel, sum().infer(List.of(places)).get(0)));
        if (images) {
            gradients.add(x);
        }
        return gradients;
    }

    @Override
    public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        Tensor kernel = inputs.get(1);
        Shape places = places(List.of(x.spec(), kernel.spec())).shape();
        Tensor dy = PoolingWinners.give(ops, pool.window(), inputs.get(2), inputs.get(3), places);
        List<Tensor> gradients =
                new ArrayList<>(List.of(ops.apply(kernelBackward(kernel.shape()), x, dy), ops.apply(sum(), dy)));
        if (images) {
            gradients.add(ops.apply(inputBackward(x.shape()), kernel, dy));
        }
        return Optional.of(gradients);
    }
}
