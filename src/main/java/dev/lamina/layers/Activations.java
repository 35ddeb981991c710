package dev.lamina.layers;

import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Activations by Keras's names. Register one of your own to use it by name, also in files. */
public final class Activations {
    private static final Map<String, ActivationFunction> KNOWN = new ConcurrentHashMap<>();

    static {
        register("linear", x -> x);
        register("relu", NN::relu);
        register("relu6", x -> Ops.clip(x, 0, 6));
        register("sigmoid", NN::sigmoid);
        register("tanh", Ops::tanh);
        register("softmax", NN::softmax);
        register("log_softmax", NN::logSoftmax);
        register("gelu", NN::gelu);
        register("silu", NN::silu);
        register("swish", NN::silu);
        register("elu", x -> NN.elu(x, 1));
        register("selu", x -> Ops.multiply(NN.elu(x, 1.6732632423543772), 1.0507009873554805));
        register("leaky_relu", x -> NN.leakyRelu(x, 0.2));
        register("softplus", NN::softplus);
        register("softsign", x -> Ops.divide(x, Ops.add(Ops.abs(x), 1)));
        register("exponential", Ops::exp);
        register("hard_sigmoid", x -> Ops.divide(Ops.clip(Ops.add(x, 3), 0, 6), 6));
    }

    private Activations() {}

    /** Makes a function known by a name; a later one replaces an earlier one. */
    public static ActivationFunction register(String name, UnaryOperator<Tensor> function) {
        ActivationFunction activation = new ActivationFunction(name, function);
        KNOWN.put(name, activation);
        return activation;
    }

    /** The activation of that name; an unknown one is an {@link IllegalArgumentException} that lists the known ones. */
    public static ActivationFunction of(String name) {
        ActivationFunction activation = KNOWN.get(name);
        if (activation == null) {
            throw new IllegalArgumentException("[activation] expected one of " + new TreeMap<>(KNOWN).keySet()
                    + "; received \"" + name + "\". Add one with Activations.register.");
        }
        return activation;
    }
}
