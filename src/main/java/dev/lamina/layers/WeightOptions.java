package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.tensor.Shape;
import java.util.Map;
import java.util.Optional;

/** What a layer's user says of one of its weights: how it starts, what penalty it gives, how it is held in bounds. */
record WeightOptions(Initializer initializer, Optional<Regularizer> regularizer, Optional<Constraint> constraint) {
    static final WeightOptions KERNEL = new WeightOptions(Initializers.glorotUniform());
    static final WeightOptions BIAS = new WeightOptions(Initializers.zeros());

    private WeightOptions(Initializer initializer) {
        this(initializer, Optional.empty(), Optional.empty());
    }

    WeightOptions withInitializer(Initializer newInitializer) {
        return new WeightOptions(newInitializer, regularizer, constraint);
    }

    WeightOptions withRegularizer(Regularizer newRegularizer) {
        return new WeightOptions(initializer, Optional.of(newRegularizer), constraint);
    }

    WeightOptions withConstraint(Constraint newConstraint) {
        return new WeightOptions(initializer, regularizer, Optional.of(newConstraint));
    }

    WeightSpec spec(String name, Shape shape) {
        return WeightSpec.of(name, shape)
                .initializer(initializer)
                .regularizer(regularizer)
                .constraint(constraint);
    }

    /** Adds the three entries that begin with a weight's word: {@code kernel}, {@code depthwise}, {@code bias}. */
    void writeTo(Map<String, Object> config, String word) {
        config.putAll(Config.entries(
                word + "_initializer", initializer.config(),
                word + "_regularizer", regularizer.map(Regularizer::config),
                word + "_constraint", constraint.map(Constraint::config)));
    }

    /** The inverse; this is what holds where the initializer is absent. */
    WeightOptions from(LayerConfig config, String word) {
        return new WeightOptions(
                config.has(word + "_initializer") ? config.initializer(word + "_initializer") : initializer,
                config.regularizer(word + "_regularizer"),
                config.constraint(word + "_constraint"));
    }
}
