package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.tensor.Shape;
import java.util.Map;
import java.util.Optional;

/** What comes behind a normalization: {@code x * gamma + beta}, each of which may be left out. */
record Affine(double epsilon, Weight gamma, Weight beta) {
    /** How gamma or beta is made. */
    record Weight(
            boolean used, Initializer initializer, Optional<Regularizer> regularizer, Optional<Constraint> constraint) {
        Weight use(boolean newUsed) {
            return new Weight(newUsed, initializer, regularizer, constraint);
        }

        Weight initializer(Initializer newInitializer) {
            return new Weight(used, newInitializer, regularizer, constraint);
        }

        Weight regularizer(Regularizer newRegularizer) {
            return new Weight(used, initializer, Optional.of(newRegularizer), constraint);
        }

        Weight constraint(Constraint newConstraint) {
            return new Weight(used, initializer, regularizer, Optional.of(newConstraint));
        }

        /** The weight to add, if it is used. */
        Optional<WeightSpec> spec(String name, Shape shape) {
            WeightSpec spec = WeightSpec.of(name, shape)
                    .initializer(initializer)
                    .regularizer(regularizer)
                    .constraint(constraint)
                    .autocast(false);
            return used ? Optional.of(spec) : Optional.empty();
        }

        private static Weight fromConfig(LayerConfig config, String name, boolean used, String initializer) {
            return new Weight(
                    used,
                    config.initializer(name + "_initializer", initializer),
                    config.regularizer(name + "_regularizer"),
                    config.constraint(name + "_constraint"));
        }
    }

    static Affine fromConfig(LayerConfig config) {
        return new Affine(
                config.number("epsilon", 1e-3),
                Weight.fromConfig(config, "gamma", config.flag("scale", true), "ones"),
                Weight.fromConfig(config, "beta", config.flag("center", true), "zeros"));
    }

    Map<String, Object> config() {
        return Config.entries(
                "epsilon", epsilon,
                "center", beta.used,
                "scale", gamma.used,
                "beta_initializer", beta.initializer.config(),
                "gamma_initializer", gamma.initializer.config(),
                "beta_regularizer", beta.regularizer.map(Regularizer::config),
                "gamma_regularizer", gamma.regularizer.map(Regularizer::config),
                "beta_constraint", beta.constraint.map(Constraint::config),
                "gamma_constraint", gamma.constraint.map(Constraint::config));
    }
}
