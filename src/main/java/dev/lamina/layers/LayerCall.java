package dev.lamina.layers;

import dev.lamina.errors.LaminaException;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One call of a layer, from the check of its inputs to the record of its outputs. */
final class LayerCall {
    /** The call around the present one, on this thread. */
    private static final ScopedValue<Frame> FRAME = ScopedValue.newInstance();

    private record Frame(String path, CallContext context) {}

    private LayerCall() {}

    static List<Tensor> run(Layer layer, List<Tensor> arguments, Optional<Boolean> training) {
        boolean outermost = !FRAME.isBound();
        CallContext outer = outermost ? CallContext.INFERENCE : FRAME.get().context();
        CallContext context =
                new CallContext(training.orElse(outer.training()), outer.trainable() && layer.trainable());
        List<Tensor> inputs = convert(layer, arguments);
        check(layer, inputs);
        build(layer, inputs.stream().map(Tensor::spec).toList());
        check(layer, inputs);
        if (outermost) {
            layer.state().clearLosses();
        }
        return ScopedValue.where(FRAME, new Frame(layer.path(), context))
                .call(() -> Execution.named(layer.path(), () -> {
                    try {
                        List<Tensor> outputs = layer.call(inputs, context);
                        layer.state().recordOutputs(outputs);
                        return outputs;
                    } catch (LaminaException e) {
                        layer.addContext(e, inputs);
                        throw e;
                    }
                }));
    }

    static void build(Layer layer, List<TensorSpec> inputs) {
        if (!layer.isBuilt()) {
            String path = FRAME.isBound() ? FRAME.get().path() + "/" + layer.name() : layer.name();
            CallContext context = FRAME.isBound() ? FRAME.get().context() : CallContext.INFERENCE;
            // Layers that are built inside of this build are named after this one.
            ScopedValue.where(FRAME, new Frame(path, context))
                    .run(() -> layer.state().build(path, inputs));
        }
    }

    /** Floats become the layer's compute type; other types stay. */
    private static List<Tensor> convert(Layer layer, List<Tensor> arguments) {
        List<Tensor> inputs = new ArrayList<>(arguments.size());
        for (Tensor argument : arguments) {
            inputs.add(argument.dtype().isFloating() ? Ops.cast(argument, layer.computeDType()) : argument);
        }
        return List.copyOf(inputs);
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
