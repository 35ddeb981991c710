package dev.lamina.backend.cuda;

import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.HostArray;

/** A process of its own that opens the device, uses it, closes it and prints what the simulator still holds. */
final class LifecycleMain {
    private LifecycleMain() {}

    public static void main(String[] arguments) {
        // Loads the stand-ins, so that the backend finds them.
        SimulatedDevice.reset(1);
        CudaBackend backend = CudaTests.backend();
        HostArray x = CudaTests.random(1, 64, 64);
        CudaTests.run(UnaryOp.RELU, x);
        CudaTests.run(new MatrixOp.Matmul(false, false), x, x);
        backend.close();
        SimulatedDevice.problems().forEach(System.out::println);
        for (String counter : new String[] {"live_streams", "live_events", "live_allocations", "live_bytes"}) {
            System.out.println(counter + " " + SimulatedDevice.counter(counter));
        }
    }
}
