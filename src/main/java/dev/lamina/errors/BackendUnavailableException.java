package dev.lamina.errors;

/** The backend that was asked for can't be used on this machine. */
public final class BackendUnavailableException extends LaminaException {
    private static final long serialVersionUID = 1L;

    public BackendUnavailableException(String message) {
        super(message);
    }

    public BackendUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
