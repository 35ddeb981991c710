package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.SimulatedDevice;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each layer gives the CPU's numbers on CUDA, in inference and in training, random ones with the same seed too. */
@ExtendWith(SimulatedDevice.class)
final class LayerAcrossBackendsCudaTest {
    @AfterEach
    void stayOnCuda() {
        Backends.use("cuda");
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameNumbers() {
        return LayerCase.all().map(one -> DynamicTest.dynamicTest(one.name(), () -> check(one)));
    }

    private static void check(LayerCase of) {
        List<HostArray> cpu = run("cpu", of);
        List<HostArray> cuda = run("cuda", of);
        for (int call = 0; call < cpu.size(); call++) {
            for (long i = 0; i < cpu.get(call).elements(); i++) {
                double expected = cpu.get(call).getDouble(i);
                assertThat(cuda.get(call).getDouble(i))
                        .as("call %d, element %d", call, i)
                        .isCloseTo(expected, within(1e-5 + 1e-4 * Math.abs(expected)));
            }
        }
    }

    /** Two calls in training and one in inference, of a layer whose weights are drawn on the host. */
    private static List<HostArray> run(String backend, LayerCase of) {
        Backends.use(backend);
        SeedGenerator.setGlobalSeed(17);
        List<HostArray> results = new ArrayList<>();
        try (Layer layer = of.layer().get()) {
            for (boolean training : new boolean[] {true, true, false}) {
                results.add(layer.apply(of.data(6).stream().map(Ops::tensor).toList(), training)
                        .get(0)
                        .toHost());
            }
        }
        return results;
    }
}
