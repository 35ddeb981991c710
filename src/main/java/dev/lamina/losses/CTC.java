package dev.lamina.losses;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.MatrixOp;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.OptionalInt;

/**
 * Connectionist temporal classification (Graves et al., 2006): {@code -log} of the probability that a sequence of
 * logits {@code (batch, time, classes)} spells the labels {@code (batch, length)}, summed over all ways of repeating
 * labels and putting blanks between them. Class 0 is the blank, and pads labels at their end. The steps are unrolled,
 * about thirty ops each: meant for sequences of up to a few hundred steps. Labels that are too long for the sequence
 * give about 1e5.
 */
public final class CTC extends Loss {
    /** Stands for the logarithm of 0, so that no NaN arises. */
    private static final double LOG_ZERO = -1e5;

    /** The mean over all samples. */
    public CTC() {
        this(LossOptions.DEFAULT);
    }

    public CTC(LossOptions options) {
        super(options.withDefaultName("ctc"));
    }

    @Override
    protected Aligned align(Tensor target, Tensor prediction) {
        Shape t = target.shape();
        Shape p = prediction.shape();
        if (t.rank() != 2 || p.rank() != 3 || t.size(0) != p.size(0)) {
            throw new ShapeException("[" + name() + "] expected labels (batch, length) and logits (batch, time, "
                    + "classes); received labels " + t + " and logits " + p + ".");
        }
        return new Aligned(Labels.signed(target), prediction);
    }

    /**
     * The forward recursion, one step of time after the other: {@code blank[n]} is the logarithm of the probability of
     * having spelt n labels and being outside of a label, {@code emit[n]} of being in label n, which has begun.
     */
    @Override
    protected Tensor perSample(Tensor labels, Tensor logits) {
        int batch = labels.shape().size(0);
        int length = labels.shape().size(1);
        int classes = logits.shape().size(2);
        DType type = logits.dtype();
        Tensor logs = NN.logSoftmax(logits);
        Tensor hot = Ops.oneHot(labels, classes, type);
        Tensor emits = Ops.apply(new MatrixOp.Matmul(false, true), logs, hot);
        // 0 or LOG_ZERO: whether the next label is the same, so that a blank must lie between, or is another.
        Tensor repeats = repeats(labels);
        Tensor ifNew = Ops.multiply(Ops.cast(repeats, type), LOG_ZERO);
        Tensor ifRepeated = Ops.multiply(Ops.cast(Ops.logicalNot(repeats), type), LOG_ZERO);

        Tensor blank = Ops.concat(
                List.of(Ops.full(Shape.of(batch, 1), 0, type), Ops.full(Shape.of(batch, length), LOG_ZERO, type)), 1);
        Tensor emit = Ops.full(Shape.of(batch, length), LOG_ZERO, type);
        for (int time = 0; time < logits.shape().size(1); time++) {
            Tensor logEmit = step(emits, time, length);
            Tensor logBlank = step(logs, time, 1);
            Tensor open = advance(blank, Ops.add(emit, ifNew));
            Tensor before = Ops.slice(open, new int[] {0, 0}, new int[] {batch, length});
            Tensor nextEmit = Ops.add(addLogs(before, emit), logEmit);
            Tensor nextBlank = Ops.add(open, logBlank);
            blank = advance(nextBlank, Ops.add(Ops.add(emit, logBlank), ifRepeated));
            emit = nextEmit;
        }
        Tensor spelt = advance(blank, emit);
        Tensor counted = Ops.cast(Ops.notEqual(labels, 0), DType.INT32);
        Tensor end = Ops.oneHot(Ops.sum(counted, 1), length + 1, type);
        return Ops.negate(Ops.sum(Ops.multiply(spelt, end), 1));
    }

    /** Whether label n + 1 is label n; false for the last. */
    private static Tensor repeats(Tensor labels) {
        int batch = labels.shape().size(0);
        int length = labels.shape().size(1);
        Tensor other = Ops.full(Shape.of(batch, 1), -1, labels.dtype());
        Tensor next = Ops.slice(Ops.concat(List.of(labels, other), 1), new int[] {0, 1}, new int[] {batch, length});
        return Ops.equal(labels, next);
    }

    /** The first columns at a time, {@code (batch, columns)}. */
    private static Tensor step(Tensor sequence, int time, int columns) {
        int batch = sequence.shape().size(0);
        Tensor part = Ops.slice(sequence, new int[] {0, time, 0}, new int[] {batch, 1, columns});
        return Ops.reshape(part, batch, columns);
    }

    /** Adds what leaves each label to the state behind it. */
    private static Tensor advance(Tensor blank, Tensor leaving) {
        int batch = blank.shape().size(0);
        int length = leaving.shape().size(1);
        Tensor first = Ops.slice(blank, new int[] {0, 0}, new int[] {batch, 1});
        Tensor rest = Ops.slice(blank, new int[] {0, 1}, new int[] {batch, length});
        return Ops.concat(List.of(first, addLogs(rest, leaving)), 1);
    }

    /** {@code log(exp(a) + exp(b))}. */
    private static Tensor addLogs(Tensor a, Tensor b) {
        Tensor top = Ops.stopGradient(Ops.maximum(a, b));
        Tensor sum = Ops.add(Ops.exp(Ops.subtract(a, top)), Ops.exp(Ops.subtract(b, top)));
        return Ops.add(top, Ops.log(sum));
    }

    @Override
    public void checkTargets(HostArray targets, TensorSpec prediction) {
        Labels.check(name(), targets, prediction.shape().size(-1), OptionalInt.empty());
    }

    static CTC fromConfig(Config config) {
        return new CTC(LossOptions.fromConfig(config));
    }
}
