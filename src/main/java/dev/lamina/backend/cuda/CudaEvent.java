package dev.lamina.backend.cuda;

import jcuda.driver.CUevent;

/** A mark in a stream that the host or another stream can wait for. Used under the device's lock. */
final class CudaEvent {
    private final CudaDriver driver;
    private final CUevent handle;

    CudaEvent(CudaDriver driver) {
        this.driver = driver;
        this.handle = driver.createEvent();
    }

    CUevent handle() {
        return handle;
    }

    /** Puts the mark behind all work that was issued to the stream. */
    void record(CudaStream stream) {
        driver.record(handle, stream.handle());
    }

    /** Waits until the stream has come to the mark. */
    void synchronize() {
        driver.synchronize(handle);
    }

    void close() {
        driver.destroy(handle);
    }
}
