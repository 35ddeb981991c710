package dev.lamina.tensor;

import dev.lamina.errors.ShapeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongToDoubleFunction;

/**
 * A dense row-major array in host memory: what data sets are made of and what reading a tensor gives. The memory lies
 * outside the Java heap and is freed by the garbage collector.
 */
public final class HostArray {
    private final TensorSpec spec;
    private final MemorySegment data;

    private HostArray(TensorSpec spec, MemorySegment data) {
        this.spec = spec;
        this.data = data;
    }

    /** An array of zeros. */
    public static HostArray zeros(Shape shape, DType dtype) {
        TensorSpec spec = new TensorSpec(shape, dtype);
        return new HostArray(
                spec, Arena.ofAuto().allocate(Math.max(1, spec.bytes()), 64).asSlice(0, spec.bytes()));
    }

    /** An array over existing memory, which is not copied; it must hold exactly the bytes of that shape and type. */
    public static HostArray over(MemorySegment data, Shape shape, DType dtype) {
        TensorSpec spec = new TensorSpec(shape, dtype);
        if (data.byteSize() != spec.bytes()) {
            throw new ShapeException("[HostArray] expected " + spec.bytes() + " bytes for " + spec + "; received "
                    + data.byteSize() + ".");
        }
        return new HostArray(spec, data);
    }

    /** A float32 array of these values; with no sizes its shape is {@code (values.length,)}. */
    public static HostArray of(float[] values, int... sizes) {
        return copyOf(MemorySegment.ofArray(values), values.length, DType.FLOAT32, sizes);
    }

    /** A float64 array. */
    public static HostArray of(double[] values, int... sizes) {
        return copyOf(MemorySegment.ofArray(values), values.length, DType.FLOAT64, sizes);
    }

    /** An int32 array. */
    public static HostArray of(int[] values, int... sizes) {
        return copyOf(MemorySegment.ofArray(values), values.length, DType.INT32, sizes);
    }

    /** An int64 array. */
    public static HostArray of(long[] values, int... sizes) {
        return copyOf(MemorySegment.ofArray(values), values.length, DType.INT64, sizes);
    }

    /** A uint8 array; the bytes are taken as 0 to 255. */
    public static HostArray of(byte[] values, int... sizes) {
        return copyOf(MemorySegment.ofArray(values), values.length, DType.UINT8, sizes);
    }

    /** A bool array. */
    public static HostArray of(boolean[] values, int... sizes) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return copyOf(MemorySegment.ofArray(bytes), values.length, DType.BOOL, sizes);
    }

    /** A float32 matrix; rows of unequal length are a {@link ShapeException}. */
    public static HostArray of(float[][] rows) {
        HostArray array = zeros(Shape.of(rows.length, rows.length == 0 ? 0 : rows[0].length), DType.FLOAT32);
        int columns = array.shape().size(1);
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != columns) {
                throw new ShapeException("[HostArray] expected rows of equal length; received " + columns
                        + " in row 0 and " + rows[i].length + " in row " + i + ".");
            }
            MemorySegment.copy(rows[i], 0, array.data, ValueLayout.JAVA_FLOAT, (long) i * columns * 4, columns);
        }
        return array;
    }

    private static HostArray copyOf(MemorySegment values, int length, DType dtype, int... sizes) {
        Shape shape = sizes.length == 0 ? Shape.of(length) : Shape.of(sizes);
        if (shape.elements() != length) {
            throw new ShapeException("[HostArray] expected " + shape.elements() + " values for shape " + shape
                    + "; received " + length + ".");
        }
        HostArray array = zeros(shape, dtype);
        array.data.copyFrom(values);
        return array;
    }

    public TensorSpec spec() {
        return spec;
    }

    public Shape shape() {
        return spec.shape();
    }

    public DType dtype() {
        return spec.dtype();
    }

    /** The number of elements. */
    public long elements() {
        return spec.shape().elements();
    }

    /** The memory itself, in the native byte order. */
    public MemorySegment data() {
        return data;
    }

    /** The element at a row-major index, as a double. */
    public double getDouble(long index) {
        return Elements.getDouble(data, dtype(), index);
    }

    /** The element at a row-major index, as a long; fractions are cut off. */
    public long getLong(long index) {
        return Elements.getLong(data, dtype(), index);
    }

    public void setDouble(long index, double value) {
        Elements.setDouble(data, dtype(), index, value);
    }

    public void setLong(long index, long value) {
        Elements.setLong(data, dtype(), index, value);
    }

    /** Sets every element from its row-major index; returns this array. */
    public HostArray fill(LongToDoubleFunction values) {
        for (long i = 0, n = elements(); i < n; i++) {
            setDouble(i, values.applyAsDouble(i));
        }
        return this;
    }

    public float[] toFloatArray() {
        if (dtype() == DType.FLOAT32) {
            return data.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }
        float[] values = new float[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) getDouble(i);
        }
        return values;
    }

    public double[] toDoubleArray() {
        double[] values = new double[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = getDouble(i);
        }
        return values;
    }

    public long[] toLongArray() {
        long[] values = new long[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = getLong(i);
        }
        return values;
    }

    /** A converted copy; this array itself if it has that type already. */
    public HostArray cast(DType dtype) {
        if (dtype == dtype()) {
            return this;
        }
        HostArray result = zeros(shape(), dtype);
        boolean whole = !dtype().isFloating() && !dtype.isFloating();
        for (long i = 0, n = elements(); i < n; i++) {
            if (whole) {
                result.setLong(i, getLong(i));
            } else {
                result.setDouble(i, getDouble(i));
            }
        }
        return result;
    }

    /** The same memory with another shape of as many elements. */
    public HostArray reshape(int... sizes) {
        return over(data, Shape.of(sizes), dtype());
    }

    /** The rows {@code from} (included) to {@code to} (excluded) of the first axis; the memory is shared. */
    public HostArray rows(int from, int to) {
        long rowBytes = rowBytes();
        return over(data.asSlice(from * rowBytes, (to - from) * rowBytes), shape().withSize(0, to - from), dtype());
    }

    /** The size of one entry of the first axis in bytes. */
    public long rowBytes() {
        return shape().elements(1, shape().rank()) * dtype().bytes();
    }

    /** NumPy's layout, long arrays abbreviated, followed by {@code shape=(2, 4), dtype=float32}. */
    @Override
    public String toString() {
        return TensorPrinter.values(this) + " shape=" + shape() + ", dtype=" + dtype();
    }
}
