package dev.lamina.errors;

/** A data set or data file is missing, unreadable or malformed. */
public final class DataException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
