package dev.lamina.layers;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One way to use a layer, for {@link LayerContract}.
 *
 * @param inputs of batch size 4
 * @param indices 0 for inputs of normal numbers, else the inputs are whole numbers from 0 to less than this
 * @param differentiableInTraining whether a call in training is a function of the inputs and trainable weights alone
 */
record LayerCase(
        String name,
        Supplier<Layer> layer,
        List<Shape> inputs,
        Shape output,
        int indices,
        boolean differentiableInTraining) {
    /** A layer of one input. */
    static LayerCase of(String name, Supplier<Layer> layer, Shape input, Shape output) {
        return new LayerCase(name, layer, List.of(input), output, 0, true);
    }

    /** A layer that keeps its input's shape. */
    static LayerCase of(String name, Supplier<Layer> layer, Shape shape) {
        return of(name, layer, shape, shape);
    }

    /** A layer of two inputs. */
    static LayerCase of(String name, Supplier<Layer> layer, Shape first, Shape second, Shape output) {
        return new LayerCase(name, layer, List.of(first, second), output, 0, true);
    }

    LayerCase ofIndices(int count) {
        return new LayerCase(name, layer, inputs, output, count, differentiableInTraining);
    }

    LayerCase notDifferentiableInTraining() {
        return new LayerCase(name, layer, inputs, output, indices, false);
    }

    List<TensorSpec> specs() {
        DType dtype = indices > 0 ? DType.INT32 : DType.FLOAT32;
        return inputs.stream().map(shape -> new TensorSpec(shape, dtype)).toList();
    }

    /** The same with an unknown batch axis. */
    List<TensorSpec> anyBatch() {
        return specs().stream()
                .map(spec -> new TensorSpec(spec.shape().withSize(0, Shape.UNKNOWN), spec.dtype()))
                .toList();
    }

    List<HostArray> data(long seed) {
        Random random = new Random(seed);
        List<HostArray> data = new ArrayList<>();
        for (TensorSpec spec : specs()) {
            data.add(HostArray.zeros(spec.shape(), spec.dtype())
                    .fill(i -> indices > 0 ? random.nextInt(indices) : random.nextGaussian()));
        }
        return data;
    }

    /** All cases of all layers. */
    static Stream<LayerCase> all() {
        return Stream.of(
                        CoreLayerCases.all(),
                        ActivationLayerCases.all(),
                        ShapeLayerCases.all(),
                        MergeLayerCases.all(),
                        NormalizationLayerCases.all(),
                        NoiseLayerCases.all(),
                        ImageLayerCases.all())
                .flatMap(List::stream);
    }
}
