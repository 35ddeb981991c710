package dev.lamina.backend.cuda;

/** What cublasLt does beside a product, {@code CUBLASLT_EPILOGUE_...}, in terms of row-major matrices. */
enum LtEpilogue {
    /** Adds one number a column. */
    BIAS(4),
    /** The same, then {@code max(0, y)}; what becomes of a NaN NVIDIA does not say. */
    RELU_BIAS(6),
    /** The same with gelu by tanh; with how good a tanh NVIDIA does not say. */
    GELU_BIAS(36),
    /** Gives the sums of the right operand's columns, too: of the gradients, where the left one is the input. */
    BIAS_GRADIENT(256);

    private final int code;

    LtEpilogue(int code) {
        this.code = code;
    }

    /** Whether it is used only once its numbers have been looked at. */
    boolean isToBeChecked() {
        return this == RELU_BIAS || this == GELU_BIAS;
    }

    int code() {
        return code;
    }
}
