package dev.lamina.errors;

/** A backend has no memory left for an allocation, after releasing all it could. */
public final class OutOfMemoryException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public OutOfMemoryException(String message) {
        super(message);
    }
}
