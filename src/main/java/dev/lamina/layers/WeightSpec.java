package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import java.util.Optional;

/**
 * What {@link Layer#addWeight} needs to know. By default a weight is trainable, of the layer's variable type, starts
 * from {@code glorot_uniform} and has neither regularizer nor constraint.
 */
public record WeightSpec(
        String name,
        Shape shape,
        Optional<Initializer> initializer,
        Optional<DType> dtype,
        boolean trainable,
        Optional<Regularizer> regularizer,
        Optional<Constraint> constraint,
        boolean autocast) {

    public static WeightSpec of(String name, Shape shape) {
        return new WeightSpec(
                name, shape, Optional.empty(), Optional.empty(), true, Optional.empty(), Optional.empty(), true);
    }

    public WeightSpec initializer(Initializer newInitializer) {
        return new WeightSpec(
                name, shape, Optional.of(newInitializer), dtype, trainable, regularizer, constraint, autocast);
    }

    /** By Keras's name, such as {@code "random_normal"}. */
    public WeightSpec initializer(String newInitializer) {
        return initializer(Initializers.of(newInitializer));
    }

    public WeightSpec dtype(DType newType) {
        return new WeightSpec(
                name, shape, initializer, Optional.of(newType), trainable, regularizer, constraint, autocast);
    }

    public WeightSpec trainable(boolean newTrainable) {
        return new WeightSpec(name, shape, initializer, dtype, newTrainable, regularizer, constraint, autocast);
    }

    public WeightSpec regularizer(Optional<Regularizer> newRegularizer) {
        return new WeightSpec(name, shape, initializer, dtype, trainable, newRegularizer, constraint, autocast);
    }

    public WeightSpec regularizer(Regularizer newRegularizer) {
        return regularizer(Optional.of(newRegularizer));
    }

    public WeightSpec constraint(Optional<Constraint> newConstraint) {
        return new WeightSpec(name, shape, initializer, dtype, trainable, regularizer, newConstraint, autocast);
    }

    public WeightSpec constraint(Constraint newConstraint) {
        return constraint(Optional.of(newConstraint));
    }

    /** Whether a layer that computes in another type reads the weight in that type; true unless changed. */
    public WeightSpec autocast(boolean newAutocast) {
        return new WeightSpec(name, shape, initializer, dtype, trainable, regularizer, constraint, newAutocast);
    }

    /** What the weight starts from: the given initializer, else glorot_uniform for floats and zeros for others. */
    Initializer startingValues(DType type) {
        return initializer.orElseGet(() -> type.isFloating() ? Initializers.glorotUniform() : Initializers.zeros());
    }
}
