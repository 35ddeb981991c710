package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.constraints.MaxNorm;
import dev.lamina.layers.Dense;
import dev.lamina.layers.LayerNames;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.schedules.CosineDecay;
import dev.lamina.schedules.CosineDecayRestarts;
import dev.lamina.schedules.ExponentialDecay;
import dev.lamina.schedules.InverseTimeDecay;
import dev.lamina.schedules.LearningRateSchedule;
import dev.lamina.schedules.PiecewiseConstantDecay;
import dev.lamina.schedules.PolynomialDecay;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every optimizer and every option gives the same bits in a traced step and op by op, and learns something. */
final class TracedOptimizersTest {
    private static final HostArray X =
            HostArray.zeros(Shape.of(26, 6), DType.FLOAT32).fill(i -> Math.sin(i * 1.7));
    private static final HostArray Y =
            HostArray.zeros(Shape.of(26, 2), DType.FLOAT32).fill(i -> Math.sin(i * 0.6) / 2);

    private static Map<String, Supplier<Optimizer>> all() {
        Map<String, Supplier<Optimizer>> all = new LinkedHashMap<>();
        for (String name : List.of(
                "sgd",
                "rmsprop",
                "adam",
                "adamw",
                "adagrad",
                "adamax",
                "nadam",
                "ftrl",
                "lion",
                "adafactor",
                "lamb",
                "muon")) {
            all.put(name, () -> Optimizers.of(name));
        }
        all.put("adadelta", () -> new Adadelta(1));
        all.put("adam, amsgrad", () -> Adam.of().amsgrad(true).build());
        all.put(
                "rmsprop, centered, momentum",
                () -> RMSprop.of().centered(true).momentum(0.5).build());
        all.put(
                "muon, no embeddings",
                () -> Muon.of().momentum(0.9, false).excludeLayers("dense_1").build());
        all.put(
                "ftrl, all strengths",
                () -> Ftrl.of()
                        .learningRatePower(-0.3)
                        .l1RegularizationStrength(1e-3)
                        .l2RegularizationStrength(1e-2)
                        .l2ShrinkageRegularizationStrength(1e-2)
                        .beta(0.1)
                        .build());
        all.put("clipNorm", () -> SGD.of().clipNorm(0.1).build());
        all.put("clipValue", () -> SGD.of().clipValue(0.01).build());
        all.put("globalClipNorm", () -> SGD.of().globalClipNorm(0.1).build());
        all.put(
                "weightDecay",
                () -> Adam.of().weightDecay(0.1).excludeFromWeightDecay("bias").build());
        all.put(
                "average",
                () -> SGD.of()
                        .useEma(true)
                        .emaMomentum(0.5)
                        .emaOverwriteFrequency(3)
                        .build());
        all.put("loss scale", () -> SGD.of().lossScaleFactor(64).build());
        all.put(
                "accumulation",
                () -> Nadam.of().gradientAccumulationSteps(3).useEma(true).build());
        schedules()
                .forEach((name, rates) ->
                        all.put(name, () -> SGD.of().learningRate(rates).build()));
        return all;
    }

    private static Map<String, LearningRateSchedule> schedules() {
        return Map.of(
                "exponential", new ExponentialDecay(0.1, 2, 0.9, true),
                "inverse time", new InverseTimeDecay(0.1, 2, 0.5),
                "piecewise", new PiecewiseConstantDecay(new double[] {2, 5}, 0.1, 0.05, 0.01),
                "polynomial", new PolynomialDecay(0.1, 3, 0.01, 2, true),
                "cosine", new CosineDecay(0.01, 6).warmUp(0.1, 2),
                "restarts", new CosineDecayRestarts(0.1, 2, 1.5, 0.8, 0.1),
                "one's own", step -> Ops.divide(0.1, Ops.add(step, 1)));
    }

    @TestFactory
    Stream<DynamicTest> tracedEqualsEager() {
        return all().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    List<double[]> traced = train(entry.getValue().get(), false);
                    List<double[]> eager = train(entry.getValue().get(), true);

                    assertThat(traced).hasSameSizeAs(eager);
                    for (int i = 0; i < eager.size(); i++) {
                        assertThat(traced.get(i))
                                .as("state %d", i)
                                .isEqualTo(eager.get(i))
                                .doesNotContain(Double.NaN);
                    }
                    double[] losses = traced.get(0);
                    assertThat(losses[losses.length - 1]).isLessThan(losses[0]);
                }));
    }

    /** The losses, then the weights and the optimizer's variables; a layer is frozen for the second of three fits. */
    private static List<double[]> train(Optimizer optimizer, boolean eagerly) {
        SeedGenerator.setGlobalSeed(7);
        LayerNames.reset();
        List<Double> losses = new ArrayList<>();
        try (Model model = Sequential.of(
                Dense.of(4).activation("tanh").kernelConstraint(new MaxNorm(3)).build(), new Dense(9), new Dense(2))) {
            model.compile(CompileOptions.with(optimizer).loss("mse").runEagerly(eagerly));
            for (boolean trainable : List.of(true, false, true)) {
                FitOptions options =
                        FitOptions.epochs(2).batchSize(10).shuffle(false).verbose(false);
                if (!losses.isEmpty()) {
                    model.layers().get(1).setTrainable(trainable);
                }
                losses.addAll(model.fit(X, Y, options).get("loss"));
            }
            List<double[]> state = new ArrayList<>();
            state.add(losses.stream().mapToDouble(Double::doubleValue).toArray());
            Stream.concat(model.variables().stream(), optimizer.variables().stream())
                    .map(Variable::toHost)
                    .map(HostArray::toDoubleArray)
                    .forEach(state::add);
            return state;
        }
    }
}
