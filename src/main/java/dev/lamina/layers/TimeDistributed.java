package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Applies a layer to each step of a sequence: {@code (batch, time, ...)} gives {@code (batch, time, ...)}. The mask
 * {@code (batch, time)} is cut into steps too, and passed on whole: steps that it leaves out are computed like the
 * others. Steps of layers that treat samples one by one are computed together.
 */
public final class TimeDistributed extends Layer {
    private final Layer layer;

    public TimeDistributed(Layer layer) {
        this(layer, LayerOptions.DEFAULT);
    }

    public TimeDistributed(Layer layer, LayerOptions options) {
        super(options);
        this.layer = layer;
    }

    /** The layer that is applied. */
    public Layer layer() {
        return layer;
    }

    @Override
    protected InputSpec inputSpec() {
        return InputSpec.ofMinRank(3);
    }

    @Override
    protected void build(Shape inputShape) {
        layer.buildFor(inputShape.drop(1));
    }

    @Override
    protected boolean supportsMasking() {
        return true;
    }

    @Override
    protected Tensor call(Tensor x, CallContext context) {
        Shape shape = x.shape();
        context.mask().ifPresent(mask -> check(mask.shape(), shape));
        if (shape.size(1) == Shape.UNKNOWN) {
            return ofUnknownLength(x);
        }
        return treatsSamplesOneByOne() ? together(x, context) : stepByStep(x, context);
    }

    private void check(Shape mask, Shape x) {
        if (mask.rank() < 2 || !mask.slice(0, 2).isCompatibleWith(x.slice(0, 2))) {
            throw new ShapeException("[" + name() + "] expected a mask " + x.slice(0, 2)
                    + ", the batch and the time of the" + " input; received " + mask + ".");
        }
    }

    /** Only shapes are being inferred: one step stands for all. */
    private Tensor ofUnknownLength(Tensor x) {
        Tensor step = layer.apply(
                new SymbolicTensor(x.name(), new TensorSpec(x.shape().drop(1), x.dtype())));
        return new SymbolicTensor(name(), new TensorSpec(withTime(step.shape(), Shape.UNKNOWN), step.dtype()));
    }

    private static Shape withTime(Shape step, int time) {
        return step.slice(0, 1).append(time).append(step.slice(1, step.rank()).sizes());
    }

    /** Lamina's own layers do, but for batch normalization; of others nothing is known. */
    private boolean treatsSamplesOneByOne() {
        String own = Layer.class.getPackageName();
        return layer.flatten().stream()
                .allMatch(
                        part -> part.getClass().getPackageName().equals(own) && !(part instanceof BatchNormalization));
    }

    private Tensor together(Tensor x, CallContext context) {
        int time = x.shape().size(1);
        CallOptions options = context.mask().isEmpty()
                ? CallOptions.DEFAULT
                : CallOptions.mask(joined(context.mask().get()));
        Tensor y = layer.apply(joined(x), options);
        Shape step = y.shape();
        int batch = x.shape().size(0);
        return Ops.reshape(y, withTime(step.withSize(0, batch), time).sizes());
    }

    /** Batch and time as one axis. */
    private static Tensor joined(Tensor x) {
        Shape shape = x.shape();
        int batch = shape.size(0);
        int joined = batch == Shape.UNKNOWN ? Shape.UNKNOWN : batch * shape.size(1);
        return Ops.reshape(x, shape.drop(1).withSize(0, joined).sizes());
    }

    private Tensor stepByStep(Tensor x, CallContext context) {
        List<Tensor> steps = new ArrayList<>();
        for (int t = 0; t < x.shape().size(1); t++) {
            int at = t;
            Optional<Tensor> mask = context.mask().map(whole -> step(whole, at));
            Tensor y = layer.apply(step(x, t), mask.map(CallOptions::mask).orElse(CallOptions.DEFAULT));
            steps.add(Ops.reshape(y, withTime(y.shape(), 1).sizes()));
        }
        if (steps.isEmpty()) {
            return together(x, context);
        }
        return Ops.concat(steps, 1);
    }

    private static Tensor step(Tensor x, int at) {
        int[] starts = new int[x.shape().rank()];
        int[] sizes = new int[starts.length];
        Arrays.fill(sizes, Shape.UNKNOWN);
        starts[1] = at;
        sizes[1] = 1;
        return Ops.reshape(Ops.slice(x, starts, sizes), x.shape().drop(1).sizes());
    }

    @Override
    public Map<String, Object> config() {
        Map<String, Object> config = super.config();
        config.put("layer", LayerRegistry.serialize(layer));
        return config;
    }

    static TimeDistributed fromConfig(Map<String, ?> entries) {
        Layer layer = LayerRegistry.deserialize(new LayerConfig(entries).map("layer"));
        return new TimeDistributed(layer, LayerOptions.fromConfig(entries));
    }
}
