package dev.lamina.backend.cuda;

import dev.lamina.tensor.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What one launch of {@code take_samples} takes from which arrays, the kernel's struct {@code Taken}. */
record TakenStruct(List<Part> parts) {
    /** The size of the struct. */
    static final int BYTES = 360;

    static final int MOST_PARTS = 8;

    private static final int TARGETS_OFFSET = MOST_PARTS * Long.BYTES;
    private static final int UNITS_OFFSET = 2 * TARGETS_OFFSET;
    private static final int ENDS_OFFSET = 3 * TARGETS_OFFSET;
    private static final int VALUES_OFFSET = 4 * TARGETS_OFFSET;
    private static final int BYTES_OFFSET = 5 * TARGETS_OFFSET;
    private static final int COUNT_OFFSET = BYTES_OFFSET + MOST_PARTS * Integer.BYTES;

    /**
     * One array, in units of so many bytes.
     *
     * @param values what each byte becomes, a float; without it, samples are copied as they are
     * @param units of all samples
     * @param unitsOfOne of a sample
     */
    record Part(Operand table, Operand target, Optional<Operand> values, long units, long unitsOfOne, int bytes) {
        /** Units as wide as the addresses and the size of a sample allow. */
        static Part of(Operand table, Operand target, Optional<Operand> values, int samples) {
            long row = target.shape().elements() / samples * table.dtype().bytes();
            long wide = CudaBuffer.address(target) / (values.isPresent() ? Float.BYTES : 1);
            long together = CudaBuffer.address(table) | wide | row;
            int bytes = together % 16 == 0 && values.isEmpty() ? 16 : together % 4 == 0 ? 4 : 1;
            return new Part(table, target, values, row / bytes * samples, row / bytes, bytes);
        }
    }

    TakenStruct {
        parts = List.copyOf(parts);
    }

    /** As many launches as the arrays need. */
    static List<TakenStruct> of(List<Part> parts) {
        List<TakenStruct> structs = new ArrayList<>();
        for (int from = 0; from < parts.size(); from += MOST_PARTS) {
            structs.add(new TakenStruct(parts.subList(from, Math.min(parts.size(), from + MOST_PARTS))));
        }
        return structs;
    }

    /** The units of all arrays. */
    long units() {
        long units = 0;
        for (Part part : parts) {
            units += part.units;
        }
        return units;
    }

    void write(MemorySegment memory, long offset) {
        memory.asSlice(offset, BYTES).fill((byte) 0);
        long end = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            long at = offset + (long) i * Long.BYTES;
            end += part.units;
            memory.set(ValueLayout.JAVA_LONG, at, CudaBuffer.address(part.table));
            memory.set(ValueLayout.JAVA_LONG, at + TARGETS_OFFSET, CudaBuffer.address(part.target));
            memory.set(ValueLayout.JAVA_LONG, at + UNITS_OFFSET, part.unitsOfOne);
            memory.set(ValueLayout.JAVA_LONG, at + ENDS_OFFSET, end);
            memory.set(
                    ValueLayout.JAVA_LONG,
                    at + VALUES_OFFSET,
                    part.values.map(CudaBuffer::address).orElse(0L));
            memory.set(ValueLayout.JAVA_INT, offset + BYTES_OFFSET + (long) i * Integer.BYTES, part.bytes);
        }
        memory.set(ValueLayout.JAVA_INT, offset + COUNT_OFFSET, parts.size());
    }
}
