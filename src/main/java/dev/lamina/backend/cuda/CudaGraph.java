package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;

/** Work that was captured once and is handed to the device by one launch. Used under the device's lock. */
final class CudaGraph {
    private final CudaDevice device;
    private final CUgraphExec handle;
    private final long nodes;

    private CudaGraph(CudaDevice device, CUgraphExec handle, long nodes) {
        this.device = device;
        this.handle = handle;
        this.nodes = nodes;
    }

    /**
     * Captures what the action issues to the compute stream; nothing of it is done yet. If that fails, the stream works
     * as before.
     */
    static CudaGraph capture(CudaDevice device, Runnable action) {
        CudaDriver driver = device.driver();
        driver.beginCapture(device.compute().handle());
        device.setCapturing(true);
        try {
            action.run();
        } catch (Throwable e) {
            abandon(device);
            throw e;
        } finally {
            device.setCapturing(false);
        }
        CUgraph graph = driver.endCapture(device.compute().handle());
        try {
            return new CudaGraph(device, driver.instantiate(graph), driver.nodes(graph));
        } finally {
            driver.destroy(graph);
        }
    }

    private static void abandon(CudaDevice device) {
        try {
            device.driver().destroy(device.driver().endCapture(device.compute().handle()));
        } catch (CudaException e) {
            // The capture was invalid already: what made it so is the error to be told.
        }
    }

    /** How many kernels, copies and fills it holds. */
    long nodes() {
        return nodes;
    }

    void launch() {
        device.compute().launch(handle);
    }

    /** Waits for the work that was issued, since a launch of this graph may be among it. */
    void close() {
        if (!device.driver().isLost()) {
            device.compute().synchronize();
            device.driver().destroy(handle);
        }
    }
}
