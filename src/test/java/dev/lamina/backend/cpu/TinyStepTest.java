package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.layers.Dense;
import dev.lamina.losses.Loss;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A step of a tiny network is over before another thread would have begun: none is asked. */
class TinyStepTest {
    private final Sequential model = Sequential.of(new Dense(32, "relu"), new Dense(32, "relu"), new Dense(1));
    private final Loss loss = new MeanSquaredError();

    private Tensor train(List<Tensor> batch, Optimizer optimizer) {
        Tensor value;
        List<Tensor> gradients;
        try (GradientTape tape = GradientTape.open()) {
            value = loss.apply(batch.get(1), model.apply(batch.get(0), true));
            gradients = tape.gradient(value, model.trainableWeights());
        }
        optimizer.apply(gradients, model.trainableWeights());
        return value;
    }

    private static TensorSpec floats(int... sizes) {
        return new TensorSpec(Shape.of(sizes), DType.FLOAT32);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isOneThreads(boolean adam) {
        CpuBackend backend = (CpuBackend) Backends.use("cpu");
        List<TensorSpec> specs = List.of(floats(64, 8), floats(64, 1));
        model.computeOutputSpecs(specs.subList(0, 1));
        try (Optimizer optimizer = adam ? new Adam(1e-3) : new SGD(1e-2);
                CompiledStep step = Execution.compile(specs, batch -> List.of(train(batch, optimizer)))) {
            step.feed(0, Runner.random(1, DType.FLOAT32, 64, 8).data());
            step.feed(1, Runner.random(2, DType.FLOAT32, 64, 1).data());
            step.run();
            HostArray first = step.output(0);
            long before = backend.regions();
            for (int i = 0; i < 100; i++) {
                step.run();
            }
            assertThat(backend.regions() - before).isZero();
            assertThat(step.output(0).getDouble(0)).isLessThan(first.getDouble(0));
        }
        model.close();
    }
}
