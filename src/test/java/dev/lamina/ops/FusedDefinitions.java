package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/** Fused ops as the ops they stand for, one after the other over whole arrays. */
final class FusedDefinitions {
    private FusedDefinitions() {}

    static List<double[]> of(FusedOp op, List<HostArray> inputs) {
        return switch (op) {
            case FusedOp.Linear linear -> List.of(linear(linear, inputs));
            case FusedOp.GatedProduct gated -> {
                HostArray y = apply(gated.product(), inputs.subList(0, 2));
                yield List.of(apply(UnaryBackwardOp.RELU_BACKWARD, List.of(inputs.get(2), y))
                        .toDoubleArray());
            }
            case FusedOp.LinearBackward backward ->
                List.of(
                        apply(backward.product(), inputs).toDoubleArray(),
                        apply(backward.sum(), inputs.subList(1, 2)).toDoubleArray());
            case FusedOp.Convolution convolution -> {
                HostArray y = apply(convolution.product(), inputs.subList(0, 2));
                yield List.of(apply(BinaryOp.ADD, List.of(y, inputs.get(2))).toDoubleArray());
            }
            case PooledConvolution pooled -> {
                HostArray product = apply(pooled.convolution().product(), inputs.subList(0, 2));
                HostArray places = apply(BinaryOp.ADD, List.of(product, inputs.get(2)));
                HostArray most = apply(pooled.pool(), List.of(places));
                double[] y = pooled.cut() ? apply(UnaryOp.RELU, List.of(most)).toDoubleArray() : most.toDoubleArray();
                yield switch (pooled.kept()) {
                    case NOTHING -> List.of(y);
                    case PLACES -> List.of(places.toDoubleArray(), y);
                    case WINNERS -> List.of(winners(pooled, places, most), y);
                };
            }
            case PooledConvolutionBackward backward -> backward(backward, inputs);
            case ResidualNorm of -> residualNorm(of, inputs);
            case ResidualNorm.Backward of -> residualNormBackward(of, inputs);
            case FusedOp.Casts casts ->
                inputs.stream()
                        .map(input -> input.cast(casts.dtype()).toDoubleArray())
                        .toList();
            case FusedOp.Elementwise chain -> elementwise(chain, inputs);
            case FusedOp.Sequence sequence -> sequence(sequence, inputs);
        };
    }

    /** The element of the images that an element of a window sees. */
    private static int seen(Window window, Shape images, Shape pooled, int place, int element) {
        int channel = place % pooled.size(3);
        int column = place / pooled.size(3) % pooled.size(2);
        int row = place / pooled.size(3) / pooled.size(2) % pooled.size(1);
        int image = place / pooled.size(3) / pooled.size(2) / pooled.size(1);
        int across = window.size().size(1);
        int y = row * window.strides().size(0) + element / across;
        int x = column * window.strides().size(1) + element % across;
        return ((image * images.size(1) + y) * images.size(2) + x) * images.size(3) + channel;
    }

    private static double[] winners(PooledConvolution op, HostArray places, HostArray most) {
        Window window = op.pool().window();
        double[] seen = places.toDoubleArray();
        double[] maxima = most.toDoubleArray();
        double[] winners = new double[maxima.length];
        for (int i = 0; i < winners.length; i++) {
            winners[i] = 255;
            for (int k = 0; k < window.size().elements() && winners[i] == 255; k++) {
                boolean wins = seen[seen(window, places.shape(), most.shape(), i, k)] == maxima[i];
                if (wins && (maxima[i] > 0 || !op.cut())) {
                    winners[i] = k;
                }
            }
        }
        return winners;
    }

    private static List<double[]> backward(PooledConvolutionBackward op, List<HostArray> inputs) {
        HostArray x = inputs.get(0);
        HostArray kernel = inputs.get(1);
        Shape shape = Definitions.shape(op.convolution().product(), x, kernel);
        double[] winners = inputs.get(2).toDoubleArray();
        double[] dy = inputs.get(3).toDoubleArray();
        Window window = op.pool().window();
        double[] given = new double[(int) shape.elements()];
        for (int i = 0; i < dy.length; i++) {
            if (winners[i] < window.size().elements()) {
                given[seen(window, shape, inputs.get(2).shape(), i, (int) winners[i])] += dy[i];
            }
        }
        HostArray places = array(given, shape, x.dtype());
        List<double[]> gradients = new ArrayList<>(List.of(
                apply(op.kernelBackward(kernel.shape()), List.of(x, places)).toDoubleArray(),
                apply(op.sum(), List.of(places)).toDoubleArray()));
        if (op.images()) {
            gradients.add(
                    apply(op.inputBackward(x.shape()), List.of(kernel, places)).toDoubleArray());
        }
        return gradients;
    }

    private static List<double[]> residualNorm(ResidualNorm op, List<HostArray> inputs) {
        HostArray sum = apply(BinaryOp.ADD, inputs.subList(0, 2));
        List<double[]> outputs = new ArrayList<>(Definitions.of(op.norm(), List.of(sum, inputs.get(2), inputs.get(3))));
        if (op.keeps()) {
            outputs.add(sum.toDoubleArray());
        }
        return outputs;
    }

    private static List<double[]> residualNormBackward(ResidualNorm.Backward op, List<HostArray> inputs) {
        List<HostArray> own = new ArrayList<>(inputs.subList(0, 5));
        if (op.before()) {
            own.set(4, apply(BinaryOp.ADD, inputs.subList(4, 6)));
        }
        List<double[]> outputs = new ArrayList<>(Definitions.of(op.norm(), own));
        if (op.after()) {
            HostArray dx = array(outputs.get(0), own.get(0).shape(), own.get(0).dtype());
            outputs.set(0, apply(BinaryOp.ADD, List.of(dx, inputs.getLast())).toDoubleArray());
        }
        return outputs;
    }

    private static double[] linear(FusedOp.Linear op, List<HostArray> inputs) {
        HostArray product = apply(op.product(), inputs.subList(0, 2));
        HostArray sum = apply(BinaryOp.ADD, List.of(product, inputs.get(2)));
        HostArray y = op.activation()
                .map(activation -> apply(activation, List.of(sum)))
                .orElse(sum);
        return y.toDoubleArray();
    }

    private static List<double[]> elementwise(FusedOp.Elementwise op, List<HostArray> inputs) {
        List<HostArray> values = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            HostArray input = inputs.get(i);
            values.add(
                    op.isState(i) ? input : array(Definitions.broadcast(input, op.shape()), op.shape(), input.dtype()));
        }
        for (FusedOp.Elementwise.Constant constant : op.constants()) {
            double[] full = new double[(int) op.shape().elements()];
            java.util.Arrays.fill(full, constant.value());
            values.add(array(full, op.shape(), constant.dtype()));
        }
        for (FusedOp.Elementwise.Draw draw : op.draws()) {
            values.add(apply(new RandomOp.Uniform(op.shape(), draw.dtype()), List.of(inputs.get(draw.state()))));
        }
        for (FusedOp.Elementwise.Instruction one : op.instructions()) {
            values.add(apply(one.op(), one.arguments().stream().map(values::get).toList()));
        }
        return op.outputs().stream()
                .map(output -> values.get(output).toDoubleArray())
                .toList();
    }

    private static List<double[]> sequence(FusedOp.Sequence op, List<HostArray> inputs) {
        List<HostArray> values = new ArrayList<>(inputs);
        for (FusedOp.Sequence.Step one : op.steps()) {
            List<HostArray> arguments =
                    one.arguments().stream().map(values::get).toList();
            List<TensorSpec> specs =
                    one.op().infer(arguments.stream().map(HostArray::spec).toList());
            List<double[]> results = Definitions.of(one.op(), arguments);
            for (int i = 0; i < specs.size(); i++) {
                values.add(
                        array(results.get(i), specs.get(i).shape(), specs.get(i).dtype()));
            }
        }
        return op.outputs().stream()
                .map(output -> values.get(output).toDoubleArray())
                .toList();
    }

    private static HostArray apply(Op op, List<HostArray> inputs) {
        DType dtype =
                op.infer(inputs.stream().map(HostArray::spec).toList()).get(0).dtype();
        Shape shape = Definitions.shape(op, inputs.toArray(HostArray[]::new));
        return array(Definitions.of(op, inputs).get(0), shape, dtype);
    }

    private static HostArray array(double[] values, Shape shape, DType dtype) {
        return HostArray.zeros(shape, dtype).fill(i -> values[(int) i]);
    }
}
