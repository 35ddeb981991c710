package dev.lamina.errors;

/** A gradient was asked for that does not exist. */
public final class GradientException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public GradientException(String message) {
        super(message);
    }
}
