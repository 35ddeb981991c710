package dev.lamina.errors;

/** The value of a traced or symbolic tensor was asked for, which has none. */
public final class TracedValueException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public TracedValueException(String message) {
        super(message);
    }
}
