package dev.lamina.layers;

import dev.lamina.errors.LayerCallException;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One call of a layer, from the check of its inputs to the record of its outputs. */
final class LayerCall {
    /** The call around the present one, on this thread. */
    private static final ScopedValue<Frame> FRAME = ScopedValue.newInstance();

    private record Frame(String path, CallContext context, CallLosses losses) {}

    private LayerCall() {}

    static List<Tensor> run(Layer layer, List<Tensor> arguments, CallOptions options) {
        if (!FRAME.isBound() && LayerNode.isForGraph(arguments, options)) {
            return LayerNode.record(layer, arguments, options);
        }
        boolean symbolic = arguments.stream().anyMatch(SymbolicTensor.class::isInstance);
        return symbolic && !Execution.isSymbolic()
                ? Execution.symbolically(() -> call(layer, arguments, options))
                : call(layer, arguments, options);
    }

    /** The specs of what the layer gives for inputs of these specs. */
    static List<TensorSpec> infer(Layer layer, List<TensorSpec> inputs) {
        List<Tensor> symbols = new ArrayList<>();
        for (TensorSpec input : inputs) {
            symbols.add(new SymbolicTensor(layer.name() + "/input", input));
        }
        return Execution.symbolically(() -> layer.apply(symbols)).stream()
                .map(Tensor::spec)
                .toList();
    }

    private static List<Tensor> call(Layer layer, List<Tensor> arguments, CallOptions options) {
        boolean outermost = !FRAME.isBound();
        CallContext outer = outermost ? CallContext.INFERENCE : FRAME.get().context();
        CallLosses losses = outermost ? new CallLosses() : FRAME.get().losses();
        List<Tensor> inputs = convert(layer, arguments);
        check(layer, inputs);
        build(layer, inputs.stream().map(Tensor::spec).toList());
        check(layer, inputs);
        List<Optional<Tensor>> masks = Masks.of(layer, inputs, options);
        CallContext context = new CallContext(
                options.training().orElse(outer.training()), outer.trainable() && layer.trainable(), masks);
        List<Tensor> outputs = ScopedValue.where(FRAME, new Frame(layer.path(), context, losses))
                .call(() -> Execution.named(
                        layer.path(),
                        () -> Execution.autocast(readType(layer), () -> {
                            try {
                                List<Tensor> results = returned(layer, layer.call(inputs, context));
                                results.forEach(result -> returned(layer, result));
                                layer.state().recordOutputs(results);
                                layer.activityRegularizer().ifPresent(penalty -> penalize(layer, penalty, results));
                                return Masks.attach(layer, inputs, results, masks);
                            } catch (RuntimeException | Error e) {
                                LayerCallException.addContext(
                                        e, where("calling", layer, layer.path()) + " on " + specs(inputs));
                                throw e;
                            }
                        })));
        if (outermost && !Execution.isSymbolic()) {
            losses.publish(layer);
        }
        return outputs;
    }

    /** What a layer's call gave, which users may forget to return. */
    static <T> T returned(Layer layer, @Nullable T result) {
        if (result == null) {
            throw new IllegalStateException("[" + layer.name() + "] expected "
                    + layer.getClass().getSimpleName() + " to return a tensor from call; it returned null.");
        }
        return result;
    }

    /** The type that the layer's weights are read in: other than their own if it, or a layer around it, is mixed. */
    private static Optional<DType> readType(Layer layer) {
        boolean mixed = layer.dtypePolicy().isMixed() || Execution.autocast().isPresent();
        return mixed && layer.autocast() ? Optional.of(layer.computeDType()) : Optional.empty();
    }

    private static String where(String doing, Layer layer, String path) {
        return "while " + doing + " " + layer.getClass().getSimpleName() + " \"" + path + "\"";
    }

    private static List<String> specs(List<Tensor> tensors) {
        return tensors.stream().map(tensor -> tensor.spec().toString()).toList();
    }

    static void build(Layer layer, List<TensorSpec> inputs) {
        if (layer.isBuilt()) {
            return;
        }
        boolean outermost = !FRAME.isBound();
        String path = outermost ? layer.name() : FRAME.get().path() + "/" + layer.name();
        CallContext context = outermost ? CallContext.INFERENCE : FRAME.get().context();
        CallLosses losses = outermost ? new CallLosses() : FRAME.get().losses();
        // Layers that are built inside of this build are named after this one.
        ScopedValue.where(FRAME, new Frame(path, context, losses)).run(() -> {
            try {
                layer.state().build(path, inputs);
            } catch (RuntimeException | Error e) {
                LayerCallException.addContext(e, where("building", layer, path) + " for " + inputs);
                throw e;
            }
        });
    }

    /** What the present call has collected so far; none outside of calls. */
    static Optional<CallLosses> losses() {
        return FRAME.isBound() ? Optional.of(FRAME.get().losses()) : Optional.empty();
    }

    /** Keras divides the penalty of an output by the batch's size. */
    private static void penalize(Layer layer, Regularizer penalty, List<Tensor> outputs) {
        for (Tensor output : outputs) {
            Shape shape = output.shape();
            boolean floating = output.dtype().isFloating();
            Tensor loss = penalty.apply(floating ? output : Ops.cast(output, layer.computeDType()));
            boolean divided = shape.rank() > 0 && shape.size(0) > 1;
            layer.state().addLoss(divided ? Ops.divide(loss, shape.size(0)) : loss);
        }
    }

    /**
     * Floats become the layer's compute type, unless it sees to that itself, and so do other types if it wants that;
     * masks are kept.
     */
    private static List<Tensor> convert(Layer layer, List<Tensor> arguments) {
        List<Tensor> inputs = new ArrayList<>(arguments.size());
        for (int i = 0; i < arguments.size(); i++) {
            Tensor argument = arguments.get(i);
            boolean cast = argument.dtype().isFloating() ? layer.autocast() : layer.castsIntegers();
            inputs.add(cast ? cast(argument, inputType(layer, i)) : argument);
        }
        return List.copyOf(inputs);
    }

    private static DType inputType(Layer layer, int input) {
        return layer.autocast() ? layer.inputDType(input) : layer.dtypePolicy().variable();
    }

    private static Tensor cast(Tensor argument, DType dtype) {
        Tensor input = Ops.cast(argument, dtype);
        if (input.mask().isEmpty()) {
            argument.mask().ifPresent(input::setMask);
        }
        return input;
    }

    private static void check(Layer layer, List<Tensor> inputs) {
        InputSpec spec = layer.inputSpec();
        for (int i = 0; i < inputs.size(); i++) {
            spec.check(
                    layer.name(),
                    inputs.size() == 1 ? "the input" : "input " + i,
                    inputs.get(i).spec());
        }
    }
}
