package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.constraints.Constraints;
import dev.lamina.initializers.Initializer;
import dev.lamina.initializers.Initializers;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.regularizers.Regularizers;
import java.util.Map;
import java.util.function.Function;

/** The options of SeparableConv1D and SeparableConv2D. */
public final class SeparableConvBuilder<L extends Layer> extends ConvolutionBuilder<SeparableConvBuilder<L>, L> {
    private final Function<SeparableConvBuilder<L>, L> maker;
    private final int filters;
    private int depthMultiplier = 1;
    private WeightOptions depthwiseOptions = WeightOptions.KERNEL;
    private WeightOptions pointwiseOptions = WeightOptions.KERNEL;

    SeparableConvBuilder(int rank, Function<SeparableConvBuilder<L>, L> maker, int filters, int... kernelSize) {
        super(rank, kernelSize);
        this.maker = maker;
        this.filters = filters;
    }

    static <L extends Layer> L read(int rank, Function<SeparableConvBuilder<L>, L> maker, Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        SeparableConvBuilder<L> builder =
                new SeparableConvBuilder<>(rank, maker, config.integer("filters"), kernelSize(config));
        builder.fromConvolutionConfig(config).depthMultiplier(config.integer("depth_multiplier", 1));
        builder.depthwiseOptions = WeightOptions.KERNEL.from(config, "depthwise");
        builder.pointwiseOptions = WeightOptions.KERNEL.from(config, "pointwise");
        return builder.build();
    }

    @Override
    protected SeparableConvBuilder<L> self() {
        return this;
    }

    /** How many outputs each channel gives before the channels are mixed; 1 unless given. */
    public SeparableConvBuilder<L> depthMultiplier(int outputs) {
        depthMultiplier = outputs;
        return this;
    }

    public SeparableConvBuilder<L> depthwiseInitializer(Initializer initializer) {
        depthwiseOptions = depthwiseOptions.withInitializer(initializer);
        return this;
    }

    /** By Keras's name. */
    public SeparableConvBuilder<L> depthwiseInitializer(String name) {
        return depthwiseInitializer(Initializers.of(name));
    }

    public SeparableConvBuilder<L> depthwiseRegularizer(Regularizer regularizer) {
        depthwiseOptions = depthwiseOptions.withRegularizer(regularizer);
        return this;
    }

    /** By Keras's name. */
    public SeparableConvBuilder<L> depthwiseRegularizer(String name) {
        return depthwiseRegularizer(Regularizers.of(name));
    }

    public SeparableConvBuilder<L> depthwiseConstraint(Constraint constraint) {
        depthwiseOptions = depthwiseOptions.withConstraint(constraint);
        return this;
    }

    /** By Keras's name. */
    public SeparableConvBuilder<L> depthwiseConstraint(String name) {
        return depthwiseConstraint(Constraints.of(name));
    }

    public SeparableConvBuilder<L> pointwiseInitializer(Initializer initializer) {
        pointwiseOptions = pointwiseOptions.withInitializer(initializer);
        return this;
    }

    /** By Keras's name. */
    public SeparableConvBuilder<L> pointwiseInitializer(String name) {
        return pointwiseInitializer(Initializers.of(name));
    }

    public SeparableConvBuilder<L> pointwiseRegularizer(Regularizer regularizer) {
        pointwiseOptions = pointwiseOptions.withRegularizer(regularizer);
        return this;
    }

    /** By Keras's name. */
    public SeparableConvBuilder<L> pointwiseRegularizer(String name) {
        return pointwiseRegularizer(Regularizers.of(name));
    }

    public SeparableConvBuilder<L> pointwiseConstraint(Constraint constraint) {
        pointwiseOptions = pointwiseOptions.withConstraint(constraint);
        return this;
    }

    /** By Keras's name. */
    public SeparableConvBuilder<L> pointwiseConstraint(String name) {
        return pointwiseConstraint(Constraints.of(name));
    }

    int filters() {
        return filters;
    }

    int depthMultiplier() {
        return depthMultiplier;
    }

    WeightOptions depthwiseOptions() {
        return depthwiseOptions;
    }

    WeightOptions pointwiseOptions() {
        return pointwiseOptions;
    }

    @Override
    public L build() {
        return maker.apply(this);
    }
}
