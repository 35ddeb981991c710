package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;

/**
 * The options of a layer's bias, as objects or by Keras's names, which stand for their default arguments.
 *
 * @param <B> the builder itself
 */
public interface BiasBuilder<B> {
    B biasInitializer(Initializer initializer);

    /** By Keras's name, such as {@code "zeros"}. */
    default B biasInitializer(String name) {
        return biasInitializer(Initializers.of(name));
    }

    B biasRegularizer(Regularizer regularizer);

    /** By Keras's name, such as {@code "l2"}. */
    default B biasRegularizer(String name) {
        return biasRegularizer(Regularizers.of(name));
    }

    B biasConstraint(Constraint constraint);

    /** By Keras's name, such as {@code "non_neg"}. */
    default B biasConstraint(String name) {
        return biasConstraint(Constraints.of(name));
    }
}
