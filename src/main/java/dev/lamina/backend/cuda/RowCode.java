package dev.lamina.backend.cuda;

import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.tensor.DType;
import java.util.Locale;

/**
 * What an instruction of {@code row_program} does beyond those of {@link ChainCode}. The kernel knows them by their
 * ordinals after 128, so that the order is the one of {@code enum RowCode} there.
 */
enum RowCode {
    ROW_F32,
    ROW_BF16,
    ROW_F16,
    ROW_I32,
    ROW_U8,
    ROW_BOOL,
    STORE_I32,
    STORE_ROW_F32,
    STORE_ROW_BF16,
    STORE_ROW_F16,
    STORE_ROW_I32,
    STORE_ROW_BOOL,
    BARRIER,
    ADD_I32,
    ONE_HOT,
    REDUCE_SUM,
    REDUCE_MAX,
    REDUCE_MIN,
    ARGMAX,
    ARGMIN,
    SOFTMAX,
    LOG_SOFTMAX,
    SOFTMAX_BACKWARD,
    SPARSE_CROSS_ENTROPY,
    SPARSE_CROSS_ENTROPY_BACKWARD,
    CROSS_ENTROPY,
    CROSS_ENTROPY_BACKWARD;

    private static final int FIRST = 128;

    /** A mean is a sum, to be divided by the count. */
    static RowCode of(ReductionOp.Kind kind) {
        return switch (kind) {
            case SUM, MEAN -> REDUCE_SUM;
            case MAX -> REDUCE_MAX;
            case MIN -> REDUCE_MIN;
        };
    }

    static RowCode of(SoftmaxOp op) {
        return switch (op) {
            case SoftmaxOp.Softmax _ -> SOFTMAX;
            case SoftmaxOp.LogSoftmax _ -> LOG_SOFTMAX;
            case SoftmaxOp.SoftmaxBackward _ -> SOFTMAX_BACKWARD;
            case SoftmaxOp.SparseCrossEntropy _ -> SPARSE_CROSS_ENTROPY;
            case SoftmaxOp.SparseCrossEntropyBackward _ -> SPARSE_CROSS_ENTROPY_BACKWARD;
            case SoftmaxOp.CrossEntropy _ -> CROSS_ENTROPY;
            case SoftmaxOp.CrossEntropyBackward _ -> CROSS_ENTROPY_BACKWARD;
        };
    }

    /** Whether what it gives of numbers of a 16-bit type is such a number. */
    boolean isExact() {
        return switch (this) {
            case ONE_HOT, REDUCE_MAX, REDUCE_MIN, ARGMAX, ARGMIN -> true;
            default -> false;
        };
    }

    /** Reads an input of one element a row. */
    static RowCode load(DType dtype) {
        return valueOf("ROW_" + letters(dtype));
    }

    /** Writes a result of one element a row. */
    static RowCode store(DType dtype) {
        return valueOf("STORE_ROW_" + letters(dtype));
    }

    private static String letters(DType dtype) {
        return KernelTable.type(dtype).toUpperCase(Locale.ROOT);
    }

    /** The number that the kernel knows the code by. */
    @SuppressWarnings("EnumOrdinal") // A test compares the order with the kernel's.
    int number() {
        return FIRST + ordinal();
    }
}
