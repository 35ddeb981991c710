package dev.lamina.errors;

/** A tensor's element type is not what the operation or layer expects. */
public final class DTypeException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public DTypeException(String message) {
        super(message);
    }
}
