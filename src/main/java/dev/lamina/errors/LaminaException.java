package dev.lamina.errors;

import java.util.ArrayList;
import java.util.List;

/**
 * The root of Lamina's own exceptions. Messages follow one form: {@code [where] what was expected; what was received.
 * How to fix it.} Layers append the path that led to the failure with {@link #addContext}.
 */
public abstract class LaminaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final List<String> context = new ArrayList<>();

    protected LaminaException(String message) {
        super(message);
    }

    protected LaminaException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Adds one line that says where the failure happened, innermost first; returns this exception. */
    public final LaminaException addContext(String line) {
        context.add(line);
        return this;
    }

    @Override
    public final String getMessage() {
        String message = String.valueOf(super.getMessage());
        return context.isEmpty() ? message : message + "\n  " + String.join("\n  ", context);
    }
}
