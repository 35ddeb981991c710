package dev.lamina.errors;

/**
 * Says in which layers another exception was thrown, one line a layer, innermost first. It is never thrown itself, but
 * {@linkplain Throwable#addSuppressed attached} to exceptions that are not Lamina's own: those of the Java library, and
 * of users' layers.
 */
public final class LayerCallException extends LaminaException {
    private static final long serialVersionUID = 1L;

    private LayerCallException() {
        super("this happened");
    }

    /** Adds a line to an exception of any kind. */
    public static void addContext(Throwable error, String line) {
        if (error instanceof LaminaException own) {
            own.addContext(line);
            return;
        }
        for (Throwable suppressed : error.getSuppressed()) {
            if (suppressed instanceof LayerCallException context) {
                context.addContext(line);
                return;
            }
        }
        LayerCallException context = new LayerCallException();
        context.addContext(line);
        error.addSuppressed(context);
    }

    /** Where it happened is what the exception it is attached to knows. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
