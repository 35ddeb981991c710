package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of something that is being opened: if a later part fails, they are closed again, the last one first.
 *
 * <pre>{@code
 * try (Opened opened = new Opened()) {
 *     stream = opened.add(new CudaStream(driver), CudaStream::close);
 *     ...
 *     opened.keep();
 * }
 * }</pre>
 */
final class Opened implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

    private final Deque<Runnable> closers = new ArrayDeque<>();

    <T> T add(T part, Consumer<T> close) {
        closers.push(() -> close.accept(part));
        return part;
    }

    /** All went well: nothing is closed. */
    void keep() {
        closers.clear();
    }

    @Override
    public void close() {
        for (Runnable closer : closers) {
            try {
                closer.run();
            } catch (CudaException e) {
                // The failure that led here is the one to be told.
                LOG.debug("A part that was opened could not be closed again: {}", e.getMessage());
            }
        }
    }
}
