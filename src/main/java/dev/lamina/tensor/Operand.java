package dev.lamina.tensor;

/** Where a tensor's elements lie for a kernel: a dense row-major array of that spec at a byte offset of a buffer. */
public record Operand(Buffer buffer, long offset, TensorSpec spec) {
    public Shape shape() {
        return spec.shape();
    }

    public DType dtype() {
        return spec.dtype();
    }

    public long bytes() {
        return spec.bytes();
    }

    /** The same memory seen with another spec of the same size. */
    public Operand as(TensorSpec other) {
        return new Operand(buffer, offset, other);
    }
}
