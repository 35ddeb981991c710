package dev.lamina.graph.passes;

import dev.lamina.graph.GraphRewriter;
import dev.lamina.graph.Node;
import dev.lamina.graph.Value;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.UnaryBackwardOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What follows the gradient of a max pooling that alone needs what was pooled: the gradients of the convolution before
 * it. All of them are one op.
 *
 * @param pool the gradient of the pooling
 * @param gate that of relu after it, where that belongs to the op
 * @param kernel the gradient of the kernel
 * @param sum that of the bias
 * @param images that of the images, if anybody wants it
 */
record PooledBackward(
        Node pool, Optional<Node> gate, Node kernel, Node sum, Optional<Node> images, PooledConvolutionBackward op) {

    /** The gradients of a convolution and its pooling, as far as they can be one op. */
    static Optional<PooledBackward> of(Node convolution, Node pool, Uses uses) {
        FusedOp.Convolution forward = (FusedOp.Convolution) ((Node.Call) convolution.kind()).op();
        PoolingOp.MaxPool max = (PoolingOp.MaxPool) ((Node.Call) pool.kind()).op();
        Value y = new Value(convolution, 0);
        List<Node> users = uses.of(y);
        if (uses.isReturned(y)
                || users.size() != 2
                || forward.groups() != 1
                || !PooledConvolution.hasWinners(max.window(), y.spec().shape())) {
            return Optional.empty();
        }
        Node gradient = users.get(users.get(0) == pool ? 1 : 0);
        boolean matches = gradient.kind() instanceof Node.Call(PoolingOp.MaxPoolBackward back)
                && back.window().equals(max.window())
                && gradient.inputs().subList(0, 2).equals(List.of(y, new Value(pool, 0)));
        return matches ? of(convolution, forward, max, gradient, uses) : Optional.empty();
    }

    private static Optional<PooledBackward> of(
            Node convolution, FusedOp.Convolution forward, PoolingOp.MaxPool max, Node gradient, Uses uses) {
        Value dy = new Value(gradient, 0);
        Optional<Node> kernel = Optional.empty();
        Optional<Node> sum = Optional.empty();
        Optional<Node> images = Optional.empty();
        for (Node user : uses.of(dy)) {
            if (user.kind() instanceof Node.Call(ConvolutionOp.KernelBackward back)
                    && back.window().equals(forward.window())
                    && user.inputs().equals(List.of(convolution.inputs().get(0), dy))
                    && kernel.isEmpty()) {
                kernel = Optional.of(user);
            } else if (user.kind() instanceof Node.Call(ConvolutionOp.InputBackward back)
                    && back.window().equals(forward.window())
                    && user.inputs().equals(List.of(convolution.inputs().get(1), dy))
                    && images.isEmpty()) {
                images = Optional.of(user);
            } else if (FuseLinearBackward.sumsRows(user) && sum.isEmpty()) {
                sum = Optional.of(user);
            } else {
                return Optional.empty();
            }
        }
        if (uses.isReturned(dy) || kernel.isEmpty() || sum.isEmpty()) {
            return Optional.empty();
        }
        PooledConvolutionBackward op = new PooledConvolutionBackward(forward, max, images.isPresent());
        return Optional.of(new PooledBackward(gradient, Optional.empty(), kernel.get(), sum.get(), images, op));
    }

    /**
     * The same with the gradient of relu, where it is all that is done with what comes back, and nobody but the relu
     * and the gradient of the pooling uses the maxima.
     */
    Optional<PooledBackward> through(Node forwardPool, Node relu, Uses uses) {
        Value maxima = new Value(forwardPool, 0);
        Node from = pool.inputs().get(2).node();
        boolean gates = from.kind() instanceof Node.Call call
                && call.op() == UnaryBackwardOp.RELU_BACKWARD
                && from.inputs().get(0).equals(new Value(relu, 0))
                && uses.only(new Value(from, 0)).isPresent();
        boolean alone = uses.of(maxima).size() == 2 && !uses.isReturned(maxima);
        return gates && alone
                ? Optional.of(new PooledBackward(pool, Optional.of(from), kernel, sum, images, op))
                : Optional.empty();
    }

    /** The relu of the maxima, if there is one. */
    static Optional<Node> relu(Node pool, Uses uses) {
        return uses.of(new Value(pool, 0)).stream()
                .filter(user -> user.kind() instanceof Node.Call call && call.op() == UnaryOp.RELU)
                .findFirst();
    }

    /** The convolution before it. */
    PooledConvolution forward() {
        return new PooledConvolution(op.convolution(), op.pool(), gate.isPresent(), PooledConvolution.Kept.WINNERS);
    }

    /** What comes back. */
    private Value dy() {
        return gate.map(node -> node.inputs().get(1)).orElse(pool.inputs().get(2));
    }

    /** All that the op stands for. */
    List<Node> nodes() {
        List<Node> nodes = new ArrayList<>(List.of(pool, kernel, sum));
        gate.ifPresent(nodes::add);
        images.ifPresent(nodes::add);
        return nodes;
    }

    /** The op's inputs, the winners of that shape. */
    List<TensorSpec> specs(Node convolution, TensorSpec winners) {
        return List.of(
                convolution.inputs().get(0).spec(), convolution.inputs().get(1).spec(), winners, dy().spec());
    }

    /** Emits the op in place of the pooling's gradient. */
    void emit(Node convolution, Value winners, GraphRewriter rewriter) {
        List<Value> inputs = List.of(
                rewriter.of(convolution.inputs().get(0)),
                rewriter.of(convolution.inputs().get(1)),
                winners,
                rewriter.of(dy()));
        List<TensorSpec> outputs = op.infer(inputs.stream().map(Value::spec).toList());
        Node fused = rewriter.add(new Node.Call(op), inputs, outputs);
        rewriter.replace(new Value(kernel, 0), new Value(fused, 0));
        images.ifPresent(node -> rewriter.replace(new Value(node, 0), new Value(fused, 2)));
        Value bias = new Value(fused, 1);
        TensorSpec sums = sum.outputs().getFirst();
        if (!outputs.get(1).equals(sums)) {
            Shape shape = sums.shape();
            Node shaped = rewriter.add(new Node.Call(new ShapeOp.Reshape(shape)), List.of(bias), List.of(sums));
            bias = new Value(shaped, 0);
        }
        rewriter.replace(new Value(sum, 0), bias);
    }
}
