package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes graphs of a plan's steps, until that fails once: then nothing is captured any more, and a warning says why. */
final class CudaCapture {
    private static final Logger LOG = LoggerFactory.getLogger(CudaExecutable.class);

    private final CudaDevice device;
    private boolean allowed;

    /** @param allowed whether all of the plan's work is on the device */
    CudaCapture(CudaDevice device, boolean allowed) {
        this.device = device;
        this.allowed = allowed;
    }

    boolean isAllowed() {
        return allowed;
    }

    /** A graph of what the action issues. */
    Optional<CudaGraph> of(Runnable action) {
        if (!allowed) {
            return Optional.empty();
        }
        try {
            return Optional.of(CudaGraph.capture(device, action));
        } catch (CudaException e) {
            if (device.driver().isLost()) {
                throw e;
            }
            allowed = false;
            LOG.warn(
                    "[{}] a step can't be captured as a graph and runs op by op, with a launch for each: {}",
                    device.name(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** From now on nothing is captured. */
    void stop() {
        allowed = false;
    }
}
