package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.regularizers.Regularizer;
import java.util.Map;
import java.util.function.Function;

/** The options of Conv1D, Conv2D and Conv3D. */
public final class ConvBuilder<L extends Layer> extends ConvolutionBuilder<ConvBuilder<L>, L>
        implements KernelBuilder<ConvBuilder<L>> {
    private final Function<ConvBuilder<L>, L> maker;
    private final int filters;
    private int groups = 1;
    private WeightOptions kernelOptions = WeightOptions.KERNEL;

    ConvBuilder(int rank, Function<ConvBuilder<L>, L> maker, int filters, int... kernelSize) {
        super(rank, kernelSize);
        this.maker = maker;
        this.filters = filters;
    }

    static <L extends Layer> L read(int rank, Function<ConvBuilder<L>, L> maker, Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        ConvBuilder<L> builder = new ConvBuilder<>(rank, maker, config.integer("filters"), kernelSize(config));
        builder.fromConvolutionConfig(config).groups(config.integer("groups", 1));
        builder.kernelOptions = WeightOptions.KERNEL.from(config, "kernel");
        return builder.build();
    }

    @Override
    protected ConvBuilder<L> self() {
        return this;
    }

    /** Cuts the channels into so many groups, each with filters of its own; 1 unless given. */
    public ConvBuilder<L> groups(int count) {
        groups = count;
        return this;
    }

    @Override
    public ConvBuilder<L> kernelInitializer(Initializer initializer) {
        kernelOptions = kernelOptions.withInitializer(initializer);
        return this;
    }

    @Override
    public ConvBuilder<L> kernelRegularizer(Regularizer regularizer) {
        kernelOptions = kernelOptions.withRegularizer(regularizer);
        return this;
    }

    @Override
    public ConvBuilder<L> kernelConstraint(Constraint constraint) {
        kernelOptions = kernelOptions.withConstraint(constraint);
        return this;
    }

    int filters() {
        return filters;
    }

    int groups() {
        return groups;
    }

    WeightOptions kernelOptions() {
        return kernelOptions;
    }

    @Override
    public L build() {
        return maker.apply(this);
    }
}
