package dev.lamina.errors;

/** A call of the CUDA driver or of cuBLAS failed, or a kernel did. */
public final class CudaException extends LaminaException {
    private static final long serialVersionUID = 1L;

    private final String code;

    public CudaException(String message, String code) {
        super(message);
        this.code = code;
    }

    /** CUDA's name of the error, such as {@code CUDA_ERROR_ILLEGAL_ADDRESS}. */
    public String code() {
        return code;
    }
}
