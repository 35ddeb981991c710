package dev.lamina.errors;

/** A tensor's shape is not what the operation or layer expects. */
public final class ShapeException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }
}
