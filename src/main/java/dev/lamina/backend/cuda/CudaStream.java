package dev.lamina.backend.cuda;

import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;

/** A queue of work on the device, done in order. Used under the device's lock. */
final class CudaStream {
    private final CudaDriver driver;
    private final StreamHandle handle;
    private long synchronizations;
    private long graphLaunches;

    CudaStream(CudaDriver driver) {
        this.driver = driver;
        this.handle = driver.createStream();
    }

    CUstream handle() {
        return handle;
    }

    /** The stream as calls outside of JCuda want it. */
    long address() {
        return handle.address();
    }

    /** Waits until all work that was issued is done. */
    void synchronize() {
        synchronizations++;
        driver.synchronize(handle);
    }

    /** Lets what is issued from now on wait for the event. */
    void await(CudaEvent event) {
        driver.await(handle, event.handle());
    }

    /** How often somebody waited for this stream. */
    long synchronizations() {
        return synchronizations;
    }

    void launch(CUgraphExec graph) {
        graphLaunches++;
        driver.launch(graph, handle);
    }

    /** How many graphs were launched. */
    long graphLaunches() {
        return graphLaunches;
    }

    void close() {
        driver.destroy(handle);
    }
}
