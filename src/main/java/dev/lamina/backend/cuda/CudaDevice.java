package dev.lamina.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;

/**
 * A GPU: its primary context, its streams and the one lock under which everything is issued. Whoever talks to it does
 * so between {@link #hold} and the end of the hold:
 *
 * <pre>{@code
 * try (CudaDevice.Hold _ = device.hold()) {
 *     ...
 * }
 * }</pre>
 */
final class CudaDevice {
    /** The time in which one thread owns the device. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Hold hold = lock::unlock;
    private final int ordinal;
    private final CudaDriver driver;
    private final CUdevice handle;
    private final CUcontext context;
    private final CudaStream compute;
    private final CudaStream copies;
    private final List<CudaStream> lanes = new ArrayList<>();
    private CudaStream current;
    private boolean capturing;
    private final boolean synchronous = Boolean.getBoolean("dev.lamina.cuda.sync");
    private final String model;
    private final int capability;
    private final int multiprocessors;
    private final int sharedBytes;
    private final long totalMemory;

    CudaDevice(int ordinal) {
        this.ordinal = ordinal;
        driver = new CudaDriver(name());
        handle = driver.device(ordinal);
        model = driver.deviceName(handle);
        capability = 10 * driver.attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + driver.attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        multiprocessors = driver.attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        sharedBytes =
                driver.attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
        totalMemory = driver.totalMemory(handle);
        try (Opened opened = new Opened()) {
            context = opened.add(driver.retainPrimaryContext(handle), _ -> driver.releasePrimaryContext(handle));
            driver.makeCurrent(context);
            compute = opened.add(new CudaStream(driver), CudaStream::close);
            copies = opened.add(new CudaStream(driver), CudaStream::close);
            opened.keep();
        }
        current = compute;
        lanes.add(compute);
    }

    /** {@code cuda:0}. */
    String name() {
        return "cuda:" + ordinal;
    }

    int ordinal() {
        return ordinal;
    }

    /** The maker's name, such as {@code NVIDIA H200}. */
    String model() {
        return model;
    }

    /** The compute capability as 10 * major + minor: 90 for Hopper. */
    int capability() {
        return capability;
    }

    int multiprocessors() {
        return multiprocessors;
    }

    /** The most shared memory that a block may have, if its kernel is allowed it. */
    int sharedBytes() {
        return sharedBytes;
    }

    long totalMemory() {
        return totalMemory;
    }

    CudaDriver driver() {
        return driver;
    }

    /** Where kernels and all copies that they depend on run; within {@link #issueTo}, the lane. */
    CudaStream compute() {
        return current;
    }

    /** A stream for steps that are independent of others; lane 0 is the usual one. Made when first asked for. */
    CudaStream lane(int index) {
        while (lanes.size() <= index) {
            lanes.add(new CudaStream(driver));
        }
        return lanes.get(index);
    }

    /**
     * Runs the action, which issues to that lane what would else go to the usual stream. The caller holds the device
     * and takes care that the lanes wait for each other.
     */
    void issueTo(CudaStream lane, Runnable action) {
        current = lane;
        try {
            action.run();
        } finally {
            current = compute;
        }
    }

    /** Whether what is issued is written down for a graph instead of done. */
    boolean isCapturing() {
        return capturing;
    }

    void setCapturing(boolean now) {
        capturing = now;
    }

    /** For copies that run beside the kernels. */
    CudaStream copies() {
        return copies;
    }

    /** Whether each launch is waited for ({@code dev.lamina.cuda.sync}). */
    boolean isSynchronous() {
        return synchronous;
    }

    /**
     * Takes the lock and, unless this thread has it already, makes the context current: other code in the process may
     * have changed it since this thread's last call, and a virtual thread may have moved to another carrier.
     */
    Hold hold() {
        lock.lock();
        if (lock.getHoldCount() == 1 && !driver.isLost()) {
            try {
                driver.makeCurrent(context);
            } catch (RuntimeException e) {
                lock.unlock();
                throw e;
            }
        }
        return hold;
    }

    boolean isHeld() {
        return lock.isHeldByCurrentThread();
    }

    /**
     * Gives up the streams and the context; only after everything that lives on the device. A lost device has nothing
     * left to give up.
     */
    void close() {
        try (Hold _ = hold()) {
            if (driver.isLost()) {
                return;
            }
            lanes.forEach(CudaStream::close);
            copies.close();
            driver.releasePrimaryContext(handle);
        }
    }

    @Override
    public String toString() {
        return name() + " (" + model + ", compute capability " + capability / 10 + "." + capability % 10 + ", "
                + multiprocessors + " multiprocessors, " + (totalMemory >> 20) + " MiB)";
    }
}
