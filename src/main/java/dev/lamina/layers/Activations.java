package dev.lamina.layers;

import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * All activations of Keras, by Keras's names and with its default arguments; {@link NN} has them with other ones.
 * Register one of your own to use it by name, also in files.
 */
public final class Activations {
    private static final Map<String, ActivationFunction> KNOWN = new ConcurrentHashMap<>();

    static {
        register("celu", x -> NN.celu(x, 1));
        register("elu", x -> NN.elu(x, 1));
        register("exponential", Ops::exp);
        register("gelu", NN::gelu);
        register("glu", x -> NN.glu(x, -1));
        register("hard_shrink", x -> NN.hardShrink(x, 0.5));
        register("hard_sigmoid", NN::hardSigmoid);
        alias("hard_swish", register("hard_silu", NN::hardSilu));
        register("hard_tanh", NN::hardTanh);
        register("leaky_relu", x -> NN.leakyRelu(x, 0.2));
        register("linear", x -> x);
        register("log_sigmoid", NN::logSigmoid);
        register("log_softmax", NN::logSoftmax);
        register("mish", NN::mish);
        register("relu", NN::relu);
        register("relu6", NN::relu6);
        register("selu", NN::selu);
        register("sigmoid", NN::sigmoid);
        alias("swish", register("silu", NN::silu));
        register("soft_shrink", x -> NN.softShrink(x, 0.5));
        register("softmax", NN::softmax);
        register("softplus", NN::softplus);
        register("softsign", NN::softsign);
        register("sparse_plus", NN::sparsePlus);
        register("sparse_sigmoid", NN::sparseSigmoid);
        register("sparsemax", x -> NN.sparsemax(x, -1));
        register("squareplus", x -> NN.squareplus(x, 4));
        register("tanh", Ops::tanh);
        register("tanh_shrink", NN::tanhShrink);
    }

    private static final List<String> NAMES = KNOWN.keySet().stream().sorted().toList();

    private Activations() {}

    /** The names of Keras's activations, in order; without those that were registered later. */
    static List<String> names() {
        return NAMES;
    }

    /** Makes a function known by a name; a later one replaces an earlier one. */
    public static ActivationFunction register(String name, UnaryOperator<Tensor> function) {
        ActivationFunction activation = new ActivationFunction(name, function);
        KNOWN.put(name, activation);
        return activation;
    }

    private static void alias(String name, ActivationFunction activation) {
        KNOWN.put(name, activation);
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
