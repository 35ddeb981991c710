package dev.lamina.backend.cuda;

import dev.lamina.tensor.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Packs the parameters of a launch and launches: {@link #start}, one call for each parameter, then one that says what
 * the grid covers. Parameters lie in one piece of host memory that holds the array of pointers and, behind it, the
 * values; a launch makes no garbage. Each is checked against the size that the PTX declares. Used under the device's
 * lock.
 */
final class LaunchPacker {
    /** All kernels run in blocks of this many threads. */
    static final int BLOCK = 256;

    private static final int ELEMENTS_PER_BLOCK = 1024;

    /** Rows up to this long are shared by one warp each. */
    private static final int SHORT_ROW = 1024;

    private static final int SHORT_ROWS_PER_BLOCK = 8;
    private static final int COLUMNS_PER_BLOCK = 32;
    private static final int TILE = 32;

    private static final int VALUES_OFFSET = 1024;

    /** CUDA's limit of a launch's parameters. */
    private static final int VALUES_BYTES = 4096;

    private final CudaDevice device;
    private final MemorySegment memory = Arena.global().allocate(VALUES_OFFSET + VALUES_BYTES, ELEMENTS_PER_BLOCK);
    private final HostPointer pointers = new HostPointer(memory.address());
    private int mostBlocks = Integer.MAX_VALUE;
    private @Nullable CudaKernel kernel;
    private int count;
    private long end;

    LaunchPacker(CudaDevice device) {
        this.device = device;
    }

    /** From now on launches have so many blocks at most. Every kernel loops over what a smaller grid leaves. */
    void limitGrid(int blocks) {
        mostBlocks = blocks;
    }

    LaunchPacker start(CudaKernel next) {
        kernel = next;
        count = 0;
        end = VALUES_OFFSET;
        return this;
    }

    LaunchPacker pointer(long address) {
        return i64(address);
    }

    LaunchPacker pointer(Operand operand) {
        return i64(CudaBuffer.address(operand));
    }

    LaunchPacker i64(long value) {
        memory.set(ValueLayout.JAVA_LONG, slot(Long.BYTES), value);
        return this;
    }

    LaunchPacker i32(int value) {
        memory.set(ValueLayout.JAVA_INT, slot(Integer.BYTES), value);
        return this;
    }

    LaunchPacker f64(double value) {
        memory.set(ValueLayout.JAVA_DOUBLE, slot(Double.BYTES), value);
        return this;
    }

    LaunchPacker strides(CudaStrides strides) {
        strides.write(memory, slot(CudaStrides.BYTES));
        return this;
    }

    LaunchPacker window(CudaWindow window) {
        window.write(memory, slot(CudaWindow.BYTES));
        return this;
    }

    LaunchPacker program(ChainStruct program, Operand[] inputs, Operand[] outputs) {
        program.write(memory, slot(ChainStruct.BYTES), inputs, outputs);
        return this;
    }

    LaunchPacker casts(CudaCasts.Group group) {
        group.write(memory, slot(CudaCasts.BYTES));
        return this;
    }

    LaunchPacker samples(TakenStruct taken) {
        taken.write(memory, slot(TakenStruct.BYTES));
        return this;
    }

    /** The offset of the next parameter's value. */
    private long slot(int bytes) {
        CudaKernel of = current();
        if (count >= of.parameters() || of.parameterBytes(count) != bytes) {
            throw new IllegalStateException("[cuda] expected the parameters that " + of.name() + " declares; received "
                    + bytes + " bytes as number " + count + ". This is a bug in Lamina, or its PTX is old.");
        }
        long offset = end;
        memory.set(ValueLayout.JAVA_LONG, (long) count * Long.BYTES, memory.address() + offset);
        count++;
        end = Math.ceilDiv(offset + bytes, Long.BYTES) * Long.BYTES;
        return offset;
    }

    private CudaKernel current() {
        CudaKernel of = kernel;
        if (of == null) {
            throw new IllegalStateException("[cuda] expected start() before a parameter. This is a bug in Lamina.");
        }
        return of;
    }

    /** Launches over so many elements. */
    void overElements(long elements) {
        launch(Math.ceilDiv(elements, ELEMENTS_PER_BLOCK));
    }

    /** Launches over rows, each combined by a warp or a block. */
    void overRows(long rows, long columns) {
        launch(columns <= SHORT_ROW ? Math.ceilDiv(rows, SHORT_ROWS_PER_BLOCK) : rows);
    }

    /** Launches over the columns of so many matrices. */
    void overColumns(long outer, long inner) {
        launch(outer * Math.ceilDiv(inner, COLUMNS_PER_BLOCK));
    }

    /** Launches so many blocks. */
    void overBlocks(long blocks) {
        launch(blocks);
    }

    /** Launches over the square tiles of so many matrices. */
    void overTiles(long batch, long rows, long columns) {
        launch(batch * Math.ceilDiv(rows, TILE) * Math.ceilDiv(columns, TILE));
    }

    /** Launches one block that has so many bytes of dynamic shared memory. */
    void alone(int sharedBytes) {
        launch(1, sharedBytes);
    }

    private void launch(long blocks) {
        launch(blocks, 0);
    }

    /** With nothing to write, nothing is launched. */
    private void launch(long blocks, int sharedBytes) {
        CudaKernel of = current();
        if (count != of.parameters()) {
            throw new IllegalStateException("[cuda] expected " + of.parameters() + " parameters for " + of.name()
                    + "; received " + count + ". This is a bug in Lamina, or its PTX is old.");
        }
        if (blocks > 0) {
            of.countLaunch();
            int grid = (int) Math.min(blocks, mostBlocks);
            device.driver()
                    .launch(of, grid, sharedBytes, pointers, device.compute().handle(), device.isSynchronous());
        }
    }
}
