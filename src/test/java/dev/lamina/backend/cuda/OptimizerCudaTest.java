package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.AdamW;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.RMSprop;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** All weights change by one launch, over a table that lies on the device from the first step on. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class OptimizerCudaTest {
    private static final TensorSpec X = new TensorSpec(Shape.of(8, 13), DType.FLOAT32);
    private static final TensorSpec Y = new TensorSpec(Shape.of(8), DType.INT32);

    private static Sequential mlp() {
        Sequential model = Sequential.of(new Dense(20, "relu"), new Dense(6, "relu"), new Dense(4));
        model.computeOutputSpecs(List.of(X));
        return model;
    }

    private record Case(String kernel, Supplier<Optimizer> optimizer) {}

    @TestFactory
    Stream<DynamicTest> aStepIsOneLaunch() {
        return Stream.of(
                        new Case("sgd_f32", () -> new SGD(0.1)),
                        new Case("sgd_f32", () -> new SGD(0.1, 0.9, true)),
                        new Case("adam_f32", Adam::new),
                        new Case("adam_f32", AdamW::new),
                        new Case("adam_f32", () -> Adam.of().amsgrad(true).build()),
                        new Case("rms_prop_f32", RMSprop::new))
                .map(one ->
                        DynamicTest.dynamicTest(one.optimizer().get().config().toString(), () -> countLaunches(one)));
    }

    /** The first run issues the step kernel by kernel. */
    private static void countLaunches(Case one) {
        KernelLibrary library = CudaTests.backend().library();
        try (Sequential model = mlp();
                Optimizer optimizer = one.optimizer().get()) {
            List<Variable> weights = model.trainableWeights();
            List<TensorSpec> specs = weights.stream().map(Variable::spec).toList();
            try (CompiledStep step = Execution.compile(specs, gradients -> {
                optimizer.apply(gradients, weights);
                return List.of();
            })) {
                for (int i = 0; i < specs.size(); i++) {
                    step.feed(
                            i, CudaTests.random(i, specs.get(i).shape().sizes()).data());
                }
                long launches = library.launches();
                long updates = library.launches(one.kernel());
                long counts = library.launches("add_i32");
                long copies = SimulatedDevice.isSimulated() ? SimulatedDevice.counter("d2d") : 0;
                step.run();
                assertThat(library.launches(one.kernel()) - updates)
                        .as("updates")
                        .isEqualTo(1);
                assertThat(library.launches("add_i32") - counts)
                        .as("steps are counted")
                        .isEqualTo(1);
                assertThat(library.launches() - launches).as("all launches").isEqualTo(2);
                assertThat(SimulatedDevice.isSimulated() ? SimulatedDevice.counter("d2d") : 0)
                        .as("copies on the device")
                        .isEqualTo(copies);
            }
        }
    }

    @Test
    void aTrainingStepOfTheMlpUpdatesByOneLaunchAndUploadsNoTable() {
        try (Sequential model = mlp();
                Adam adam = new Adam();
                CompiledStep step = trainingStep(model, adam)) {
            step.feed(0, CudaTests.random(1, 8, 13).data());
            step.feed(1, HostArray.of(new int[] {0, 1, 2, 3, 3, 2, 1, 0}).data());
            step.run();
            DeviceCounters before = DeviceCounters.now();
            long simulated = SimulatedDevice.isSimulated() ? SimulatedDevice.counter("launches.adam_f32") : 0;
            for (int i = 0; i < 4; i++) {
                step.run();
            }
            DeviceCounters steps = DeviceCounters.now().since(before);
            assertThat(steps.uploads()).isZero();
            assertThat(steps.downloads()).isZero();
            assertThat(steps.synchronizations()).isZero();
            if (SimulatedDevice.isSimulated()) {
                assertThat(SimulatedDevice.counter("launches.adam_f32") - simulated)
                        .as("launches of the update in four steps")
                        .isEqualTo(4);
            }
            assertThat(adam.iterations()).isEqualTo(5);
        }
    }

    private static CompiledStep trainingStep(Sequential model, Optimizer optimizer) {
        SparseCategoricalCrossentropy loss = new SparseCategoricalCrossentropy(true);
        return Execution.compile(List.of(X, Y), arguments -> {
            try (GradientTape tape = GradientTape.open()) {
                Tensor value = loss.apply(arguments.get(1), model.apply(arguments.get(0), true));
                optimizer.apply(tape.gradient(value, model.trainableWeights()), model.trainableWeights());
                return List.of(value);
            }
        });
    }

    @Test
    void closingAStepFreesItsTable() {
        CudaBackend backend = CudaTests.backend();
        try (Sequential model = mlp();
                Adam adam = new Adam()) {
            adam.build(model.trainableWeights());
            long live = backend.statistics().liveBytes();
            for (int i = 0; i < 3; i++) {
                CompiledStep step = trainingStep(model, adam);
                assertThat(backend.statistics().liveBytes()).isGreaterThan(live);
                step.close();
                assertThat(backend.statistics().liveBytes()).isEqualTo(live);
            }
        }
    }
}
