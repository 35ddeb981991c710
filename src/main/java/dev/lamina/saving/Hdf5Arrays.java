package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import io.jhdf.api.Dataset;
import io.jhdf.api.dataset.ContiguousDataset;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.EnumDataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Set;

/** Turns jHDF's arrays into Lamina's. Whole numbers of a type that Lamina lacks become the next wider one. */
final class Hdf5Arrays {
    private static final int MAX_RANK = 32;

    private Hdf5Arrays() {}

    static TensorSpec spec(Dataset dataset) {
        long[] sizes = dataset.getDimensionsAsLong();
        if (dataset.isEmpty() && sizes.length == 0) {
            throw new ModelFormatException("[load] expected an array with a shape; received one without.");
        }
        if (sizes.length > MAX_RANK) {
            throw new ModelFormatException(
                    "[load] expected at most " + MAX_RANK + " axes; received " + sizes.length + ".");
        }
        int[] known = new int[sizes.length];
        long bytes = Long.BYTES;
        for (int axis = 0; axis < known.length; axis++) {
            known[axis] = Math.toIntExact(sizes[axis]);
            if (known[axis] < 0) {
                throw new ModelFormatException("[load] expected sizes of at least 0; received " + known[axis] + ".");
            }
            bytes = Math.multiplyExact(bytes, Math.max(1, known[axis]));
        }
        return new TensorSpec(Shape.of(known), type(dataset.getDataType()));
    }

    private static DType type(DataType type) {
        return switch (type) {
            case FloatingPoint f when f.getSize() == 2 && f.getExponentSize() == 5 -> DType.FLOAT16;
            case FloatingPoint f when f.getSize() == 2 && f.getExponentSize() == 8 -> DType.BFLOAT16;
            case FloatingPoint f when f.getSize() == 4 -> DType.FLOAT32;
            case FloatingPoint f when f.getSize() == 8 -> DType.FLOAT64;
            case FixedPoint w when w.getSize() == 1 && !w.isSigned() -> DType.UINT8;
            case FixedPoint w when w.getSize() < 4 || w.getSize() == 4 && w.isSigned() -> DType.INT32;
            case FixedPoint w when w.getSize() <= 8 -> DType.INT64;
            case EnumDataType e
            when e.getSize() == 1 && Set.copyOf(e.getEnumMapping().values()).equals(Set.of("FALSE", "TRUE")) ->
                DType.BOOL;
            default ->
                throw new ModelFormatException("[load] expected an array of numbers of a type that Lamina has; "
                        + "received " + type.getClass().getSimpleName() + " of " + type.getSize() + " bytes.");
        };
    }

    static boolean isCompressed(Dataset dataset) {
        return !dataset.getFilters().isEmpty();
    }

    static HostArray read(Dataset dataset, TensorSpec spec) {
        HostArray array = HostArray.zeros(spec.shape(), spec.dtype());
        if (array.elements() == 0) {
            return array;
        }
        if (spec.dtype() == DType.BFLOAT16) {
            if (!(dataset instanceof ContiguousDataset raw)) {
                throw new ModelFormatException("[load] expected bfloat16 in one piece; received chunks of it.");
            }
            ByteBuffer bytes = raw.getBuffer();
            array.data().copyFrom(MemorySegment.ofBuffer(bytes).asSlice(0, spec.bytes()));
            return array;
        }
        Object data = spec.shape().rank() == 0 ? dataset.getData() : dataset.getDataFlat();
        fill(array, data);
        return array;
    }

    private static void fill(HostArray array, Object data) {
        switch (data) {
            case float[] values when array.dtype() == DType.FLOAT32 -> copy(array, MemorySegment.ofArray(values));
            case double[] values when array.dtype() == DType.FLOAT64 -> copy(array, MemorySegment.ofArray(values));
            case int[] values when array.dtype() == DType.INT32 -> copy(array, MemorySegment.ofArray(values));
            case long[] values when array.dtype() == DType.INT64 -> copy(array, MemorySegment.ofArray(values));
            default -> {
                boolean many = data.getClass().isArray();
                if ((many ? Array.getLength(data) : 1) != array.elements()) {
                    throw new ModelFormatException("[load] expected " + array.elements() + " numbers; received "
                            + (many ? Array.getLength(data) : 1) + ".");
                }
                for (int i = 0; i < array.elements(); i++) {
                    set(array, i, many ? Array.get(data, i) : data);
                }
            }
        }
    }

    private static void copy(HostArray array, MemorySegment values) {
        if (values.byteSize() != array.data().byteSize()) {
            throw new ModelFormatException("[load] expected " + array.data().byteSize() + " bytes of numbers; received "
                    + values.byteSize() + ".");
        }
        array.data().copyFrom(values);
    }

    private static void set(HostArray array, int at, Object value) {
        switch (value) {
            case Double number -> array.setDouble(at, number);
            case Float number -> array.setDouble(at, number);
            case BigInteger number -> array.setLong(at, number.longValue());
            case Number number -> array.setLong(at, number.longValue());
            case Boolean flag -> array.setLong(at, flag ? 1 : 0);
            case String member -> array.setLong(at, member.equals("TRUE") ? 1 : 0);
            default ->
                throw new ModelFormatException(
                        "[load] expected numbers; received " + value.getClass().getSimpleName() + ".");
        }
    }
}
