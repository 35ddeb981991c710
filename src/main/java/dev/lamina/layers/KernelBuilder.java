package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;

/**
 * The options of a layer's kernel, as objects or by Keras's names, which stand for their default arguments.
 *
 * @param <B> the builder itself
 */
public interface KernelBuilder<B> {
    B kernelInitializer(Initializer initializer);

    /** By Keras's name, such as {@code "he_normal"}. */
    default B kernelInitializer(String name) {
        return kernelInitializer(Initializers.of(name));
    }

    B kernelRegularizer(Regularizer regularizer);

    /** By Keras's name, such as {@code "l2"}. */
    default B kernelRegularizer(String name) {
        return kernelRegularizer(Regularizers.of(name));
    }

    B kernelConstraint(Constraint constraint);

    /** By Keras's name, such as {@code "non_neg"}. */
    default B kernelConstraint(String name) {
        return kernelConstraint(Constraints.of(name));
    }
}
