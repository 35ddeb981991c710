package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import java.util.Map;
import java.util.function.Function;

/** The options of DepthwiseConv1D and DepthwiseConv2D. */
public final class DepthwiseConvBuilder<L extends Layer> extends ConvolutionBuilder<DepthwiseConvBuilder<L>, L> {
    private final Function<DepthwiseConvBuilder<L>, L> maker;
    private int depthMultiplier = 1;
    private WeightOptions depthwiseOptions = WeightOptions.KERNEL;

    DepthwiseConvBuilder(int rank, Function<DepthwiseConvBuilder<L>, L> maker, int... kernelSize) {
        super(rank, kernelSize);
        this.maker = maker;
    }

    static <L extends Layer> L read(int rank, Function<DepthwiseConvBuilder<L>, L> maker, Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        DepthwiseConvBuilder<L> builder = new DepthwiseConvBuilder<>(rank, maker, kernelSize(config));
        builder.fromConvolutionConfig(config).depthMultiplier(config.integer("depth_multiplier", 1));
        builder.depthwiseOptions = WeightOptions.KERNEL.from(config, "depthwise");
        return builder.build();
    }

    @Override
    protected DepthwiseConvBuilder<L> self() {
        return this;
    }

    /** How many outputs each channel gives; 1 unless given. */
    public DepthwiseConvBuilder<L> depthMultiplier(int outputs) {
        depthMultiplier = outputs;
        return this;
    }

    public DepthwiseConvBuilder<L> depthwiseInitializer(Initializer initializer) {
        depthwiseOptions = depthwiseOptions.withInitializer(initializer);
        return this;
    }

    /** By Keras's name. */
    public DepthwiseConvBuilder<L> depthwiseInitializer(String name) {
        return depthwiseInitializer(Initializers.of(name));
    }

    public DepthwiseConvBuilder<L> depthwiseRegularizer(Regularizer regularizer) {
        depthwiseOptions = depthwiseOptions.withRegularizer(regularizer);
        return this;
    }

    /** By Keras's name. */
    public DepthwiseConvBuilder<L> depthwiseRegularizer(String name) {
        return depthwiseRegularizer(Regularizers.of(name));
    }

    public DepthwiseConvBuilder<L> depthwiseConstraint(Constraint constraint) {
        depthwiseOptions = depthwiseOptions.withConstraint(constraint);
        return this;
    }

    /** By Keras's name. */
    public DepthwiseConvBuilder<L> depthwiseConstraint(String name) {
        return depthwiseConstraint(Constraints.of(name));
    }

    int depthMultiplier() {
        return depthMultiplier;
    }

    WeightOptions depthwiseOptions() {
        return depthwiseOptions;
    }

    @Override
    public L build() {
        return maker.apply(this);
    }
}
