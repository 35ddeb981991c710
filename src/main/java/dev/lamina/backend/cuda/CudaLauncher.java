package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the op families issue their work through: kernels, copies and fills on the compute stream. Used under the
 * device's lock.
 */
final class CudaLauncher {
    private final CudaDevice device;
    private final KernelLibrary library;
    private final LaunchPacker packer;
    private final KernelTable<String> sized;

    CudaLauncher(CudaDevice device, KernelLibrary library) {
        this.device = device;
        this.library = library;
        this.packer = new LaunchPacker(device);
        this.sized = KernelTable.sized(library);
    }

    KernelLibrary library() {
        return library;
    }

    /** For tests: launches have so many blocks at most. */
    void limitGrid(int blocks) {
        packer.limitGrid(blocks);
    }

    LaunchPacker start(CudaKernel kernel) {
        return packer.start(kernel);
    }

    /** A chain of elementwise ops as one launch. */
    void chain(CudaChain chain, Operand[] inputs, Operand[] outputs) {
        start(library.kernel("elementwise_chain"))
                .program(chain.program(), inputs, outputs)
                .i64(chain.elements())
                .overElements(chain.elements());
    }

    /** A sequence of ops along rows as one launch. */
    void rows(CudaRows rows, Operand[] inputs, Operand[] outputs) {
        start(library.kernel("row_program"))
                .program(rows.program(), inputs, outputs)
                .i64(rows.frame().rows())
                .i64(rows.frame().columns())
                .overBlocks(rows.blocks());
    }

    /** Copies an operand's bytes onto another's. */
    void copy(Operand source, Operand target) {
        copy(CudaBuffer.address(source), CudaBuffer.address(target), target.bytes());
    }

    void copy(long source, long target, long bytes) {
        if (bytes > 0 && source != target) {
            device.driver().copy(target, source, bytes, device.compute().handle());
        }
    }

    /** Copies a box of elements between places with different strides, which begin at these addresses. */
    void copy(Shape box, long source, long[] sourceStrides, long target, long[] targetStrides, DType dtype) {
        long elements = box.elements();
        if (elements == 0) {
            return;
        }
        CudaStrides strides = CudaStrides.of(box.sizes(), sourceStrides, targetStrides);
        if (strides.isDense(0) && strides.isDense(1)) {
            copy(source, target, elements * dtype.bytes());
            return;
        }
        start(sized.get("strided_copy", dtype))
                .pointer(source)
                .pointer(target)
                .strides(strides)
                .i64(elements)
                .overElements(elements);
    }

    /** Sets all elements to one value. */
    void fill(Operand y, double value) {
        long elements = y.shape().elements();
        start(sized.get("fill", y.dtype()))
                .pointer(y)
                .i64(elements)
                .i64(bits(y.dtype(), value))
                .overElements(elements);
    }

    /** Sets memory to zeros. */
    void clear(Operand y) {
        if (y.bytes() > 0) {
            device.driver()
                    .setZero(CudaBuffer.address(y), y.bytes(), device.compute().handle());
        }
    }

    /** An element's bits, in the low bytes. */
    static long bits(DType dtype, double value) {
        MemorySegment element = MemorySegment.ofArray(new long[1]);
        Elements.setDouble(element, dtype, 0, value);
        return element.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }
}
