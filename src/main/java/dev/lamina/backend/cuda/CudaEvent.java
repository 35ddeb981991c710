package dev.lamina.backend.cuda;

import jcuda.driver.CUevent;

/** A mark in a stream that the host or another stream can wait for. Used under the device's lock. */
final class CudaEvent {
    private final CudaDriver driver;
    private final CUevent handle;

    CudaEvent(CudaDriver driver) {
        this(driver, driver.createEvent(false));
    }

    private CudaEvent(CudaDriver driver, CUevent handle) {
        this.driver = driver;
        this.handle = handle;
    }

    /** A mark that remembers when the stream came to it. */
    static CudaEvent timed(CudaDriver driver) {
        return new CudaEvent(driver, driver.createEvent(true));
    }

    /** The time between two {@linkplain #timed timed} marks that the stream has come to. */
    float millisecondsSince(CudaEvent earlier) {
        return driver.milliseconds(earlier.handle, handle);
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
