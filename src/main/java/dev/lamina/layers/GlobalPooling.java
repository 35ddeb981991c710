package dev.lamina.layers;

import dev.lamina.config.Config;
import dev.lamina.ops.ReductionOp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What the layers share that pool all elements of a channel. */
public abstract class GlobalPooling extends Layer {
    private final ReductionOp.Kind kind;
    private final int rank;
    private final boolean keepAxes;

    /** @param rank the number of spatial axes */
    GlobalPooling(ReductionOp.Kind kind, int rank, boolean keepAxes, LayerOptions options) {
        super(options);
        this.kind = kind;
        this.rank = rank;
        this.keepAxes = keepAxes;
    }

    static boolean keepAxes(Map<String, ?> entries) {
        LayerConfig config = new LayerConfig(entries);
        config.only("data_format", "channels_last");
        return config.flag("keepdims", false);
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofRank(rank + 2);
    }

    /** As in Keras, the mean over steps alone heeds a mask. */
    private boolean heedsMasks() {
        return kind == ReductionOp.Kind.MEAN && rank == 1;
    }

    @Override
    protected boolean supportsMasking() {
        return heedsMasks();
    }

    @Override
    protected Optional<Tensor> computeMask(Tensor input, Optional<Tensor> mask) {
        return Optional.empty();
    }

    @Override
    boolean castsIntegers() {
        return kind == ReductionOp.Kind.MEAN;
    }

    @Override
    protected Tensor call(Tensor x, CallContext context) {
        int[] axes = IntStream.rangeClosed(1, rank).toArray();
        if (heedsMasks() && context.mask().isPresent()) {
            Tensor weights = Ops.expandDims(Ops.cast(context.mask().get(), x.dtype()), -1);
            Tensor sums = Ops.reduce(ReductionOp.Kind.SUM, Ops.multiply(x, weights), keepAxes, axes);
            return Ops.divide(sums, Ops.reduce(ReductionOp.Kind.SUM, weights, keepAxes, axes));
        }
        return Ops.reduce(kind, x, keepAxes, axes);
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.putAll(Config.entries("data_format", "channels_last", "keepdims", keepAxes));
        return config;
    }
}
