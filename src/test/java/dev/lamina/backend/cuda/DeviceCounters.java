package dev.lamina.backend.cuda;

import dev.lamina.backend.BackendStatistics;

/**
 * What the CUDA backend has asked of the device so far, by its own count: works on hardware too. On the simulated
 * device, what the device counted must agree.
 */
public record DeviceCounters(long products, long relus, long synchronizations, long downloads, long uploads) {
    public static DeviceCounters now() {
        CudaBackend backend = CudaTests.backend();
        BackendStatistics statistics = backend.statistics();
        return new DeviceCounters(
                backend.blas().products()
                        + backend.lt().products()
                        + CudaSmallProducts.KERNELS.stream()
                                .mapToLong(backend.library()::launches)
                                .sum(),
                backend.library().launches("relu_f32"),
                backend.device().compute().synchronizations(),
                statistics.downloads(),
                statistics.uploads());
    }

    /** How many kernels were launched by the host so far; those inside of graphs are not. */
    public static long launches() {
        return CudaTests.backend().library().launches();
    }

    /** How many times the host launched one of them. */
    public static long launches(String kernel) {
        return CudaTests.backend().library().launches(kernel);
    }

    /** How many graphs were launched so far. */
    public static long graphLaunches() {
        return CudaTests.backend().device().compute().graphLaunches();
    }

    /** What the simulated device counted since its last reset. */
    public static DeviceCounters ofSimulator() {
        return new DeviceCounters(
                SimulatedDevice.counter("gemms")
                        + CudaSmallProducts.KERNELS.stream()
                                .mapToLong(kernel -> SimulatedDevice.counter("launches." + kernel))
                                .sum(),
                SimulatedDevice.counter("launches.relu_f32"),
                SimulatedDevice.counter("synchronizations"),
                SimulatedDevice.counter("d2h"),
                SimulatedDevice.counter("h2d"));
    }

    public DeviceCounters since(DeviceCounters before) {
        return new DeviceCounters(
                products - before.products,
                relus - before.relus,
                synchronizations - before.synchronizations,
                downloads - before.downloads,
                uploads - before.uploads);
    }
}
