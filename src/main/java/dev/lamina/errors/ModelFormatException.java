package dev.lamina.errors;

/** A model or weights file is malformed or doesn't belong to the model it is loaded into. */
public final class ModelFormatException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public ModelFormatException(String message) {
        super(message);
    }

    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
