package dev.lamina.layers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How masks travel through a layer's call, as in Keras 3.15. */
final class Masks {
    private static final Logger LOG = LoggerFactory.getLogger(Layer.class);
    private static final String METHOD = "computeMask";

    /** Whether a class overrides a form of computeMask, which says that it supports masks. */
    private static final ClassValue<Boolean> OVERRIDDEN = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            for (Class<?> c = type; c != null && c != Layer.class; c = c.getSuperclass()) {
                for (java.lang.reflect.Method method : c.getDeclaredMethods()) {
                    if (method.getName().equals(METHOD)) {
                        return true;
                    }
                }
            }
            return false;
        }
    };

    private Masks() {}

    static boolean areComputedBy(Layer layer) {
        return OVERRIDDEN.get(layer.getClass());
    }

    /** The masks of a call: the given ones, else those that the inputs carry. */
    static List<Optional<Tensor>> of(Layer layer, List<Tensor> inputs, CallOptions options) {
        List<Optional<Tensor>> given = options.masks();
        if (given.isEmpty()) {
            return inputs.stream().map(Tensor::mask).toList();
        }
        if (given.size() != inputs.size()) {
            throw new IllegalArgumentException("[" + layer.name() + "] expected a mask, or none, for each of the "
                    + inputs.size() + " inputs; received " + given.size() + ".");
        }
        return given.stream()
                .map(mask -> mask.map(any -> any.dtype() == DType.BOOL ? any : Ops.cast(any, DType.BOOL)))
                .toList();
    }

    /**
     * The outputs with their masks: those that the layers inside have attached, else what the layer computes. A layer
     * that doesn't support masks passes none on, and warns the first time.
     *
     * @param previous the inputs' masks
     */
    static List<Tensor> attach(
            Layer layer, List<Tensor> inputs, List<Tensor> outputs, List<Optional<Tensor>> previous) {
        boolean masked = previous.stream().anyMatch(Optional::isPresent);
        boolean supported = layer.supportsMasking();
        if (masked && !supported && layer.state().isFirstMask()) {
            LOG.warn(
                    "Layer '{}' (of type {}) was passed an input with a mask attached to it. However, this layer does"
                            + " not support masking and will therefore destroy the mask information. Downstream layers"
                            + " will not see the mask.",
                    layer.name(),
                    layer.getClass().getSimpleName());
        }
        List<Tensor> results = masked ? withoutInputs(inputs, outputs) : outputs;
        if (!supported || results.stream().allMatch(output -> output.mask().isPresent())) {
            return results;
        }
        List<Optional<Tensor>> masks = layer.computeMask(inputs, previous);
        for (int i = 0; i < Math.min(results.size(), masks.size()); i++) {
            Tensor output = results.get(i);
            if (output.mask().isEmpty()) {
                masks.get(i).ifPresent(output::setMask);
            }
        }
        return results;
    }

    /**
     * A layer may return what it was given (dropout, in inference); the output then gets an alias of its own, so that
     * the input's mask is not taken for the output's, nor the other way round.
     */
    @SuppressWarnings("ReferenceEquality")
    private static List<Tensor> withoutInputs(List<Tensor> inputs, List<Tensor> outputs) {
        List<Tensor> results = new ArrayList<>(outputs);
        results.replaceAll(output -> inputs.stream().anyMatch(input -> input == output) ? alias(output) : output);
        return results;
    }

    static Tensor with(Tensor tensor, Tensor mask) {
        Tensor alias = alias(tensor);
        alias.setMask(mask);
        return alias;
    }

    private static Tensor alias(Tensor tensor) {
        return switch (tensor) {
            case SymbolicTensor symbolic -> new SymbolicTensor(symbolic.name(), symbolic.spec());
            case Variable variable -> variable;
            case Tensor other -> Ops.reshape(other, other.shape().sizes());
        };
    }
}
