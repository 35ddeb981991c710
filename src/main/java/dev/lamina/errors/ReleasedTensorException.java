package dev.lamina.errors;

/** The memory of a tensor was used after it had been released. */
public final class ReleasedTensorException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public ReleasedTensorException(String message) {
        super(message);
    }
}
