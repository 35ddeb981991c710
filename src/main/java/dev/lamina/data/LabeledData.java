package dev.lamina.data;

import dev.lamina.errors.DataException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Samples and their labels; entry {@code i} of the first axis of {@code x} belongs to entry {@code i} of {@code y}.
 *
 * @param x the samples, such as {@code (1797, 8, 8)}
 * @param y the labels, such as {@code (1797,)}
 */
public record LabeledData(HostArray x, HostArray y) {
    /**
     * Two parts of a data set; their memory is that of the whole.
     *
     * @param first the first samples
     * @param rest the others
     */
    public record Split(LabeledData first, LabeledData rest) {}

    /** A {@link ShapeException} if the two have no axis of samples, or unequal numbers of them. */
    public LabeledData {
        if (x.shape().rank() == 0 || y.shape().rank() == 0) {
            throw new ShapeException("[LabeledData] expected a first axis of samples in x and y; received x " + x.spec()
                    + " and y " + y.spec() + ". Reshape single numbers to (1,).");
        }
        if (x.shape().size(0) != y.shape().size(0)) {
            throw new ShapeException(
                    "[LabeledData] expected as many labels as samples; received x " + x.spec() + " with "
                            + x.shape().size(0) + " samples and y " + y.spec() + " with "
                            + y.shape().size(0) + ". Check that both come from the same data set.");
        }
    }

    /** The number of samples. */
    public int samples() {
        return x.shape().size(0);
    }

    /**
     * The first {@code first} samples, and the rest; nothing is shuffled.
     *
     * @throws DataException if there are fewer samples than that
     */
    public Split split(int first) {
        check("split", first);
        return new Split(rows(0, first), rows(first, samples()));
    }

    /**
     * The first {@code n} samples.
     *
     * @throws DataException if there are fewer samples than that
     */
    public LabeledData take(int n) {
        check("take", n);
        return rows(0, n);
    }

    private LabeledData rows(int from, int to) {
        return new LabeledData(x.rows(from, to), y.rows(from, to));
    }

    private void check(String method, int n) {
        if (n < 0 || n > samples()) {
            throw new DataException("[LabeledData." + method + "] expected a number of samples from 0 to " + samples()
                    + "; received " + n + ". Ask for fewer.");
        }
    }

    /**
     * The same labels with every value of {@code x} divided by {@code divisor}, as float32: {@code xDividedBy(255)}
     * brings pixels of type uint8 to 0..1.
     */
    public LabeledData xDividedBy(float divisor) {
        HostArray scaled = HostArray.zeros(x.shape(), DType.FLOAT32);
        MemorySegment to = scaled.data();
        if (x.dtype() == DType.UINT8) {
            MemorySegment from = x.data();
            for (long i = 0, n = x.elements(); i < n; i++) {
                to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, (from.get(ValueLayout.JAVA_BYTE, i) & 0xff) / divisor);
            }
        } else {
            for (long i = 0, n = x.elements(); i < n; i++) {
                to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4, (float) x.getDouble(i) / divisor);
            }
        }
        return new LabeledData(scaled, y);
    }
}
