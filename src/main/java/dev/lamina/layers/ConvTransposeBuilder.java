package dev.lamina.layers;

import dev.lamina.constraints.Constraint;
import dev.lamina.initializers.Initializer;
import dev.lamina.regularizers.Regularizer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The options of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose. */
public final class ConvTransposeBuilder<L extends Layer> extends ConvolutionBuilder<ConvTransposeBuilder<L>, L>
        implements KernelBuilder<ConvTransposeBuilder<L>> {
    private final Function<ConvTransposeBuilder<L>, L> maker;
    private final int filters;
    private List<Integer> outputPadding = List.of();
    private WeightOptions kernelOptions = WeightOptions.KERNEL;

    ConvTransposeBuilder(int rank, Function<ConvTransposeBuilder<L>, L> maker, int filters, int... kernelSize) {
        super(rank, kernelSize);
        this.maker = maker;
        this.filters = filters;
    }

    static <L extends Layer> L read(int rank, Function<ConvTransposeBuilder<L>, L> maker, Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        ConvTransposeBuilder<L> builder =
                new ConvTransposeBuilder<>(rank, maker, config.integer("filters"), kernelSize(config));
        builder.fromConvolutionConfig(config);
        if (config.has("output_padding")) {
            builder.outputPadding(config.integers("output_padding", 0));
        }
        builder.kernelOptions = WeightOptions.KERNEL.from(config, "kernel");
        return builder.build();
    }

    @Override
    protected ConvTransposeBuilder<L> self() {
        return this;
    }

    /**
     * How much longer the output is than the shortest one that the window fits on, along all axes or along each; less
     * than the stride. Unless given, {@code size * stride} results where the padding is "same".
     */
    public ConvTransposeBuilder<L> outputPadding(int... elements) {
        outputPadding = Windows.list(Windows.each("output padding", window().rank(), elements));
        return this;
    }

    @Override
    public ConvTransposeBuilder<L> kernelInitializer(Initializer initializer) {
        kernelOptions = kernelOptions.withInitializer(initializer);
        return this;
    }

    @Override
    public ConvTransposeBuilder<L> kernelRegularizer(Regularizer regularizer) {
        kernelOptions = kernelOptions.withRegularizer(regularizer);
        return this;
    }

    @Override
    public ConvTransposeBuilder<L> kernelConstraint(Constraint constraint) {
        kernelOptions = kernelOptions.withConstraint(constraint);
        return this;
    }

    int filters() {
        return filters;
    }

    List<Integer> outputPadding() {
        return outputPadding;
    }

    WeightOptions kernelOptions() {
        return kernelOptions;
    }

    @Override
    public L build() {
        return maker.apply(this);
    }
}
