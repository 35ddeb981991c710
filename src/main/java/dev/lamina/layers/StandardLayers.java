package dev.lamina.layers;

import java.util.Map;
import java.util.function.Function;

/** The layers of {@code keras.layers} that merge, shape, activate, normalize and regularize, by their class names. */
final class StandardLayers {
    private StandardLayers() {}

    static void register() {
        register(ActivityRegularization.class, ActivityRegularization::fromConfig);
        register(Add.class, Add::fromConfig);
        register(AlphaDropout.class, AlphaDropout::fromConfig);
        register(Average.class, Average::fromConfig);
        register(CategoryEncoding.class, CategoryEncoding::fromConfig);
        register(Concatenate.class, Concatenate::fromConfig);
        register(Cropping1D.class, Cropping1D::fromConfig);
        register(Cropping2D.class, Cropping2D::fromConfig);
        register(Cropping3D.class, Cropping3D::fromConfig);
        register(Dot.class, Dot::fromConfig);
        register(ELU.class, ELU::fromConfig);
        register(EinsumDense.class, EinsumDense::fromConfig);
        register(Embedding.class, Embedding::fromConfig);
        register(GaussianDropout.class, GaussianDropout::fromConfig);
        register(GaussianNoise.class, GaussianNoise::fromConfig);
        register(GroupNormalization.class, GroupNormalization::fromConfig);
        register(Identity.class, Identity::fromConfig);
        register(Lambda.class, Lambda::fromConfig);
        register(LayerNormalization.class, LayerNormalization::fromConfig);
        register(LeakyReLU.class, LeakyReLU::fromConfig);
        register(Masking.class, Masking::fromConfig);
        register(Maximum.class, Maximum::fromConfig);
        register(Minimum.class, Minimum::fromConfig);
        register(Multiply.class, Multiply::fromConfig);
        register(Normalization.class, Normalization::fromConfig);
        register(PReLU.class, PReLU::fromConfig);
        register(Permute.class, Permute::fromConfig);
        register(RMSNormalization.class, RMSNormalization::fromConfig);
        register(ReLU.class, ReLU::fromConfig);
        register(RepeatVector.class, RepeatVector::fromConfig);
        register(Rescaling.class, Rescaling::fromConfig);
        register(Softmax.class, Softmax::fromConfig);
        register(SpatialDropout1D.class, SpatialDropout1D::fromConfig);
        register(SpatialDropout2D.class, SpatialDropout2D::fromConfig);
        register(SpatialDropout3D.class, SpatialDropout3D::fromConfig);
        register(SpectralNormalization.class, SpectralNormalization::fromConfig);
        register(Subtract.class, Subtract::fromConfig);
        register(UnitNormalization.class, UnitNormalization::fromConfig);
        register(UpSampling1D.class, UpSampling1D::fromConfig);
        register(UpSampling2D.class, UpSampling2D::fromConfig);
        register(UpSampling3D.class, UpSampling3D::fromConfig);
        register(ZeroPadding1D.class, ZeroPadding1D::fromConfig);
        register(ZeroPadding2D.class, ZeroPadding2D::fromConfig);
        register(ZeroPadding3D.class, ZeroPadding3D::fromConfig);
    }

    private static void register(Class<? extends Layer> type, Function<Map<String, Object>, Layer> factory) {
        LayerRegistry.builtIn(type.getSimpleName(), type, factory);
    }
}
