package dev.lamina.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.DeviceCounters;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.layers.LayerNames;
import dev.lamina.runtime.Memory;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the design promises of a block of Dense layers on CUDA: where its weights live, and what one call launches. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class DesignCardCudaTest {
    private static long liveBytes() {
        Memory.collect();
        return Backends.current().statistics().liveBytes();
    }

    private static MLPBlock block() {
        SeedGenerator.setGlobalSeed(5);
        LayerNames.reset();
        return new MLPBlock();
    }

    @Test
    void theDeviceHoldsTheWeightsAndNothingElse() {
        long empty = liveBytes();
        try (MLPBlock mlp = block()) {
            assertThat(liveBytes()).isEqualTo(empty);

            mlp.buildFor(Shape.of(3, 64));

            long weights = mlp.weights().stream()
                    .mapToLong(weight -> weight.spec().bytes())
                    .sum();
            assertThat(weights).isEqualTo(4L * (64 * 32 + 32 + 32 * 32 + 32 + 32 + 1));
            assertThat(liveBytes() - empty).isEqualTo(weights);
        }
        assertThat(liveBytes()).isEqualTo(empty);
    }

    @Test
    void oneCallIsThreeProductsAndTwoRelus() {
        DeviceCounters expected = new DeviceCounters(3, 2, 0, 0, 0);
        try (MLPBlock mlp = block()) {
            Tensor x = Ops.ones(3, 64);
            mlp.apply(x);
            Memory.collect();
            Backends.current().synchronize();
            DeviceCounters before = DeviceCounters.now();
            SimulatedDevice.reset(1);

            Tensor y = mlp.apply(x);

            assertThat(DeviceCounters.now().since(before)).isEqualTo(expected);
            if (SimulatedDevice.isSimulated()) {
                assertThat(DeviceCounters.ofSimulator()).isEqualTo(expected);
            }
            assertThat(y.shape()).isEqualTo(Shape.of(3, 1));
        }
    }

    @Test
    void theCpuGivesTheSameNumbers() {
        float[] values = new float[3 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        HostArray x = HostArray.of(values, 3, 64);
        float[] cuda;
        List<HostArray> weights;
        try (MLPBlock mlp = block()) {
            cuda = mlp.apply(x).toFloatArray();
            weights = mlp.weightValues();
        }
        Backends.use("cpu");
        try (MLPBlock mlp = block()) {
            float[] cpu = mlp.apply(x).toFloatArray();
            for (int i = 0; i < weights.size(); i++) {
                assertThat(mlp.weightValues().get(i).toFloatArray())
                        .isEqualTo(weights.get(i).toFloatArray());
            }
            for (int i = 0; i < cpu.length; i++) {
                assertThat(cuda[i]).isCloseTo(cpu[i], org.assertj.core.data.Offset.offset(1e-6f));
            }
        } finally {
            Backends.use("cuda");
        }
    }
}
