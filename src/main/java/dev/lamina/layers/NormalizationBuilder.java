package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import java.util.Optional;

/**
 * The options that layers share which normalize and then multiply with a weight gamma and add a weight beta.
 *
 * @param <B> the builder itself
 * @param <L> the layer it makes
 */
public abstract class NormalizationBuilder<B extends NormalizationBuilder<B, L>, L extends Layer>
        extends LayerBuilder<B, L> {
    private Affine affine = new Affine(1e-3, affineWeight("ones"), affineWeight("zeros"));

    NormalizationBuilder() {}

    private static Affine.Weight affineWeight(String initializer) {
        return new Affine.Weight(true, Initializers.of(initializer), Optional.empty(), Optional.empty());
    }

    /** What is added to the variance before its root is taken; 1e-3 by default. */
    public final B epsilon(double epsilon) {
        return set(new Affine(epsilon, affine.gamma(), affine.beta()));
    }

    /** Whether beta is added. */
    public final B center(boolean use) {
        return beta(affine.beta().use(use));
    }

    /** Whether gamma is multiplied with. */
    public final B scale(boolean use) {
        return gamma(affine.gamma().use(use));
    }

    public final B betaInitializer(Initializer initializer) {
        return beta(affine.beta().initializer(initializer));
    }

    /** By Keras's name. */
    public final B betaInitializer(String name) {
        return betaInitializer(Initializers.of(name));
    }

    public final B gammaInitializer(Initializer initializer) {
        return gamma(affine.gamma().initializer(initializer));
    }

    /** By Keras's name. */
    public final B gammaInitializer(String name) {
        return gammaInitializer(Initializers.of(name));
    }

    public final B betaRegularizer(Regularizer regularizer) {
        return beta(affine.beta().regularizer(regularizer));
    }

    /** By Keras's name. */
    public final B betaRegularizer(String name) {
        return betaRegularizer(Regularizers.of(name));
    }

    public final B gammaRegularizer(Regularizer regularizer) {
        return gamma(affine.gamma().regularizer(regularizer));
    }

    /** By Keras's name. */
    public final B gammaRegularizer(String name) {
        return gammaRegularizer(Regularizers.of(name));
    }

    public final B betaConstraint(Constraint constraint) {
        return beta(affine.beta().constraint(constraint));
    }

    /** By Keras's name. */
    public final B betaConstraint(String name) {
        return betaConstraint(Constraints.of(name));
    }

    public final B gammaConstraint(Constraint constraint) {
        return gamma(affine.gamma().constraint(constraint));
    }

    /** By Keras's name. */
    public final B gammaConstraint(String name) {
        return gammaConstraint(Constraints.of(name));
    }

    private B beta(Affine.Weight beta) {
        return set(new Affine(affine.epsilon(), affine.gamma(), beta));
    }

    private B gamma(Affine.Weight gamma) {
        return set(new Affine(affine.epsilon(), gamma, affine.beta()));
    }

    private B set(Affine newAffine) {
        affine = newAffine;
        return self();
    }

    /** Reads what all layers and these ones have. */
    final B fromAffineConfig(LayerConfig config) {
        affine = Affine.fromConfig(config);
        return fromBaseConfig(config);
    }

    final Affine affine() {
        return affine;
    }
}
