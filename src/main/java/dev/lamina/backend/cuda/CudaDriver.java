package dev.lamina.backend.cuda;

import dev.lamina.errors.CudaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * CUDA's driver: every call that Lamina makes to it. A code other than success becomes a
 * {@link dev.lamina.errors.CudaException} that names the place and what was tried. Addresses are plain numbers.
 */
final class CudaDriver {
    private static final int NAME_BYTES = 256;

    /** Where the compiler of PTX puts its complaints. */
    private static final int JIT_LOG_BYTES = 4096;

    private static final int[] JIT_OPTIONS = {
        CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
    };

    private final String place;
    private final @Nullable LaunchRecorder recorder = LaunchRecorder.shared();
    private volatile @Nullable String lostBy;

    /** The driver, spoken to on behalf of a place that messages name, such as {@code cuda:0}. */
    CudaDriver(String place) {
        this.place = place;
    }

    /** Makes JCuda's class usable; a {@link LinkageError} if the driver's library is not in the process. */
    static void load() throws IOException {
        NativeLibraries.loadJCuda("JCudaDriver", () -> JCudaDriver.setExceptionsEnabled(false));
    }

    /**
     * Whether an error has destroyed the context: from then on every call fails, until the process ends. What was
     * allocated is gone.
     */
    boolean isLost() {
        return lostBy != null;
    }

    /** What was tried when the device was lost. */
    Optional<String> lostBy() {
        return Optional.ofNullable(lostBy);
    }

    /** For the simulated device, which can be repaired. */
    void forgetLoss() {
        lostBy = null;
    }

    private CudaException failure(String doing, int code) {
        String before = lostBy;
        if (before != null) {
            return CudaErrors.lost(place, doing, before, code);
        }
        if (CudaErrors.isLoss(code)) {
            lostBy = doing + ": " + CudaErrors.name(code);
        }
        return CudaErrors.driver(place, doing, code);
    }

    /** Starts CUDA in this process. */
    void initialize() {
        check(JCudaDriver.cuInit(0), "starting the driver");
    }

    /** The newest CUDA version that the driver serves, as 1000 * major + 10 * minor. */
    int version() {
        int[] version = new int[1];
        check(JCudaDriver.cuDriverGetVersion(version), "asking for the driver's version");
        return version[0];
    }

    int deviceCount() {
        int[] count = new int[1];
        check(JCudaDriver.cuDeviceGetCount(count), "counting devices");
        return count[0];
    }

    CUdevice device(int ordinal) {
        CUdevice device = new CUdevice();
        check(JCudaDriver.cuDeviceGet(device, ordinal), "opening the device");
        return device;
    }

    String deviceName(CUdevice device) {
        byte[] name = new byte[NAME_BYTES];
        check(JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device), "asking for the device's name");
        int length = 0;
        while (length < NAME_BYTES && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    /** One of {@link jcuda.driver.CUdevice_attribute}. */
    int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "asking for a device attribute");
        return value[0];
    }

    long totalMemory(CUdevice device) {
        long[] bytes = new long[1];
        check(JCudaDriver.cuDeviceTotalMem(bytes, device), "asking for the device's memory");
        return bytes[0];
    }

    CUcontext retainPrimaryContext(CUdevice device) {
        CUcontext context = new CUcontext();
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "creating the context");
        return context;
    }

    void releasePrimaryContext(CUdevice device) {
        check(JCudaDriver.cuDevicePrimaryCtxRelease(device), "releasing the context");
    }

    void makeCurrent(CUcontext context) {
        check(JCudaDriver.cuCtxSetCurrent(context), "making the context current");
    }

    /** A stream that doesn't wait for the default one. */
    StreamHandle createStream() {
        StreamHandle stream = new StreamHandle();
        check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "creating a stream");
        return stream;
    }

    void destroy(CUstream stream) {
        check(JCudaDriver.cuStreamDestroy(stream), "destroying a stream");
    }

    void synchronize(CUstream stream) {
        check(JCudaDriver.cuStreamSynchronize(stream), "waiting for the stream");
    }

    /** Waits for all streams. */
    void synchronizeContext() {
        check(JCudaDriver.cuCtxSynchronize(), "waiting for the device");
    }

    CUevent createEvent(boolean timed) {
        CUevent event = new CUevent();
        int flags = timed ? CUevent_flags.CU_EVENT_DEFAULT : CUevent_flags.CU_EVENT_DISABLE_TIMING;
        check(JCudaDriver.cuEventCreate(event, flags), "creating an event");
        return event;
    }

    float milliseconds(CUevent from, CUevent to) {
        float[] time = new float[1];
        check(JCudaDriver.cuEventElapsedTime(time, from, to), "asking for the time between events");
        return time[0];
    }

    void destroy(CUevent event) {
        check(JCudaDriver.cuEventDestroy(event), "destroying an event");
    }

    void record(CUevent event, CUstream stream) {
        check(JCudaDriver.cuEventRecord(event, stream), "recording an event");
    }

    void synchronize(CUevent event) {
        check(JCudaDriver.cuEventSynchronize(event), "waiting for an event");
    }

    /** Lets what is issued to the stream from now on wait for the event. */
    void await(CUstream stream, CUevent event) {
        check(JCudaDriver.cuStreamWaitEvent(stream, event, 0), "letting a stream wait");
    }

    /** From now on the stream's work is written down instead of done; other threads' calls don't disturb it. */
    void beginCapture(CUstream stream) {
        check(
                JCudaDriver.cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "beginning to capture a stream");
        if (recorder != null) {
            recorder.captures(true);
        }
    }

    /** What was written down since {@link #beginCapture}; the stream works again, also after an error. */
    CUgraph endCapture(CUstream stream) {
        CUgraph graph = new CUgraph();
        if (recorder != null) {
            recorder.captures(false);
        }
        check(JCudaDriver.cuStreamEndCapture(stream, graph), "ending the capture of a stream");
        return graph;
    }

    /** How many pieces of work a graph holds. */
    long nodes(CUgraph graph) {
        long[] count = new long[1];
        check(JCudaDriver.cuGraphGetNodes(graph, null, count), "counting the nodes of a graph");
        return count[0];
    }

    CUgraphExec instantiate(CUgraph graph) {
        CUgraphExec executable = new CUgraphExec();
        check(JCudaDriver.cuGraphInstantiate(executable, graph, 0), "instantiating a graph");
        return executable;
    }

    void launch(CUgraphExec graph, CUstream stream) {
        check(JCudaDriver.cuGraphLaunch(graph, stream), "launching a graph");
    }

    void destroy(CUgraph graph) {
        check(JCudaDriver.cuGraphDestroy(graph), "destroying a graph");
    }

    void destroy(CUgraphExec graph) {
        check(JCudaDriver.cuGraphExecDestroy(graph), "destroying an instantiated graph");
    }

    /** The address of new device memory; 0 if there is not enough. */
    long allocate(long bytes) {
        DevicePointer memory = new DevicePointer();
        int code = JCudaDriver.cuMemAlloc(memory, bytes);
        if (code == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            return 0;
        }
        if (code != CUresult.CUDA_SUCCESS) {
            throw failure("allocating " + bytes + " bytes", code);
        }
        if (recorder != null) {
            recorder.allocated(memory.address(), bytes);
        }
        return memory.address();
    }

    void free(long address) {
        if (recorder != null) {
            recorder.freed(address);
        }
        check(JCudaDriver.cuMemFree(new DevicePointer(address)), "freeing memory");
    }

    /** The bytes that are free on the device. */
    long freeMemory() {
        long[] free = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, new long[1]), "asking for the free memory");
        return free[0];
    }

    /** Host memory that the device reads and writes directly. */
    MemorySegment allocatePinned(long bytes) {
        HostPointer memory = new HostPointer();
        int code = JCudaDriver.cuMemHostAlloc(memory, bytes, 0);
        if (code != CUresult.CUDA_SUCCESS) {
            throw failure("allocating " + bytes + " bytes of pinned host memory", code);
        }
        return MemorySegment.ofAddress(memory.address()).reinterpret(bytes);
    }

    void freePinned(MemorySegment memory) {
        check(JCudaDriver.cuMemFreeHost(new HostPointer(memory.address())), "freeing pinned host memory");
    }

    /** Copies pinned host memory to the device, as part of the stream. */
    void upload(long target, MemorySegment pinned, CUstream stream) {
        check(
                JCudaDriver.cuMemcpyHtoDAsync(
                        new DevicePointer(target), new HostPointer(pinned.address()), pinned.byteSize(), stream),
                "uploading");
    }

    void download(MemorySegment pinned, long source, CUstream stream) {
        check(
                JCudaDriver.cuMemcpyDtoHAsync(
                        new HostPointer(pinned.address()), new DevicePointer(source), pinned.byteSize(), stream),
                "downloading");
    }

    /** Copies device memory to any host memory, and waits for it. */
    void read(MemorySegment target, long source) {
        check(
                JCudaDriver.cuMemcpyDtoH(
                        new HostPointer(target.address()), new DevicePointer(source), target.byteSize()),
                "reading device memory");
    }

    void copy(long target, long source, long bytes, CUstream stream) {
        check(
                JCudaDriver.cuMemcpyDtoDAsync(new DevicePointer(target), new DevicePointer(source), bytes, stream),
                "copying on the device");
    }

    void setZero(long target, long bytes, CUstream stream) {
        check(JCudaDriver.cuMemsetD8Async(new DevicePointer(target), (byte) 0, bytes, stream), "clearing memory");
    }

    /** Sets four bytes. */
    void set(long target, int value, CUstream stream) {
        check(JCudaDriver.cuMemsetD32Async(new DevicePointer(target), value, 1, stream), "setting a number");
    }

    /** Compiles PTX for the device; where that fails, the message says what was compiled and what the compiler said. */
    CUmodule loadModule(byte[] ptx, String what) {
        CUmodule module = new CUmodule();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(ptx.length + 1L);
            MemorySegment.copy(ptx, 0, text, ValueLayout.JAVA_BYTE, 0, ptx.length);
            MemorySegment log = arena.allocate(JIT_LOG_BYTES);
            MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_LONG, log.address(), JIT_LOG_BYTES);
            int code = JCudaDriver.cuModuleLoadDataEx(
                    module,
                    new HostPointer(text.address()),
                    JIT_OPTIONS.length,
                    JIT_OPTIONS,
                    new HostPointer(values.address()));
            if (code != CUresult.CUDA_SUCCESS) {
                String said = log.getString(0).strip().replaceAll("\\s*\\R\\s*", "; ");
                throw failure("loading " + what + (said.isEmpty() ? "" : " (" + said + ")"), code);
            }
        }
        return module;
    }

    void unload(CUmodule module) {
        check(JCudaDriver.cuModuleUnload(module), "unloading kernels");
    }

    CUfunction function(CUmodule module, String name) {
        CUfunction function = new CUfunction();
        check(JCudaDriver.cuModuleGetFunction(function, module, name), "finding the kernel " + name);
        return function;
    }

    /**
     * Launches a kernel on a one-dimensional grid, in blocks of {@link LaunchPacker#BLOCK} threads.
     *
     * @param sharedBytes the dynamic shared memory of a block
     * @param parameters an array of pointers, one to each parameter
     * @param alone whether to wait until it has run, so that a fault is reported where it belongs
     */
    void launch(
            CudaKernel kernel, int blocks, int sharedBytes, HostPointer parameters, CUstream stream, boolean alone) {
        if (recorder != null) {
            recorder.launch(this, kernel, blocks, sharedBytes, parameters);
        }
        int code = JCudaDriver.cuLaunchKernel(
                kernel.function(), blocks, 1, 1, LaunchPacker.BLOCK, 1, 1, sharedBytes, stream, parameters, null);
        if (code != CUresult.CUDA_SUCCESS) {
            throw failure(describe(kernel, blocks), code);
        }
        if (alone) {
            code = JCudaDriver.cuStreamSynchronize(stream);
            if (code != CUresult.CUDA_SUCCESS) {
                failure(describe(kernel, blocks), code);
                throw CudaErrors.kernel(place, describe(kernel, blocks), code);
            }
        }
    }

    private static String describe(CudaKernel kernel, int blocks) {
        return "launching " + kernel.name() + " grid (" + blocks + ") block (" + LaunchPacker.BLOCK + ")";
    }

    /** Lets launches of a kernel have so much dynamic shared memory; 48 KiB without it. */
    void allowShared(CudaKernel kernel, int bytes) {
        int code = JCudaDriver.cuFuncSetAttribute(
                kernel.function(), CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes);
        if (code != CUresult.CUDA_SUCCESS) {
            throw failure("allowing " + kernel.name() + " " + bytes + " bytes of shared memory", code);
        }
    }

    private void check(int code, String doing) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw failure(doing, code);
        }
    }
}
