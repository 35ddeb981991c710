package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Variables;
import dev.lamina.schedules.ExponentialDecay;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The scale of the loss, and steps that are skipped. */
final class LossScaleOptimizerTest {
    private static final int SIZE = 13;

    private static Variable weight(String name) {
        return Variables.create(
                name, HostArray.zeros(Shape.of(SIZE), DType.FLOAT32).fill(i -> Math.sin(i + 1)), true);
    }

    private static HostArray gradient(int step, double broken) {
        HostArray values = HostArray.zeros(Shape.of(SIZE), DType.FLOAT32).fill(i -> Math.cos(step * 7 + i));
        if (!Double.isNaN(broken) && !Double.isInfinite(broken)) {
            return values;
        }
        values.setDouble(SIZE - 1, broken);
        return values;
    }

    private static List<double[]> state(List<Variable> weights, Optimizer optimizer) {
        List<double[]> values = new ArrayList<>();
        Stream.concat(weights.stream(), optimizer.variables().stream())
                .forEach(variable -> values.add(variable.toHost().toDoubleArray()));
        return values;
    }

    /** Optimizers with everything that a step may write. */
    private static final Map<String, Supplier<Optimizer>> INNER = Map.of(
            "sgd", () -> new SGD(0.125, 0.5, true),
            "adam", () -> Adam.of().amsgrad(true).weightDecay(0.01).build(),
            "rmsprop", RMSprop::new,
            "nadam", Nadam::new,
            "adam averaged and accumulated",
                    () -> Adam.of().useEma(true).gradientAccumulationSteps(2).build(),
            "sgd on a schedule",
                    () -> SGD.of()
                            .learningRate(new ExponentialDecay(0.5, 2, 0.5, false))
                            .build());

    @TestFactory
    Stream<DynamicTest> aStepThatIsNotFiniteChangesNothingButTheScale() {
        return INNER.entrySet().stream()
                .map(inner -> DynamicTest.dynamicTest(inner.getKey(), () -> {
                    for (boolean traced : new boolean[] {false, true}) {
                        skips(inner.getValue().get(), traced);
                    }
                }));
    }

    private static void skips(Optimizer inner, boolean traced) {
        List<Variable> weights = List.of(weight("a"), weight("b"));
        weights.get(1).constrain(w -> Ops.minimum(w, 0.9));
        try (LossScaleOptimizer optimizer = new LossScaleOptimizer(inner, 8, 100);
                Steps steps = new Steps(optimizer, weights, traced)) {
            steps.take(gradient(1, 0), gradient(2, 0));
            steps.take(gradient(3, 0), gradient(4, 0));
            List<double[]> before = state(weights, inner);
            assertThat(before.getFirst()).doesNotContain(Double.NaN);
            steps.take(gradient(5, Double.POSITIVE_INFINITY), gradient(6, 0));
            steps.take(gradient(5, 0), gradient(6, Double.NaN));
            List<double[]> after = state(weights, inner);
            for (int i = 0; i < before.size(); i++) {
                assertThat(after.get(i)).as("variable %d, traced %s", i, traced).isEqualTo(before.get(i));
            }
            assertThat(optimizer.scale()).isEqualTo(2);
            assertThat(optimizer.iterations()).isEqualTo(2);
            steps.take(gradient(7, 0), gradient(8, 0));
            assertThat(optimizer.iterations()).isEqualTo(3);
        }
        weights.forEach(Variable::close);
    }

    /** Steps of an optimizer, each op by itself or compiled. */
    private static final class Steps implements AutoCloseable {
        private final LossScaleOptimizer optimizer;
        private final List<Variable> weights;
        private final CompiledStep compiled;

        Steps(LossScaleOptimizer optimizer, List<Variable> weights, boolean traced) {
            this.optimizer = optimizer;
            this.weights = weights;
            List<TensorSpec> specs = weights.stream().map(Variable::spec).toList();
            optimizer.build(weights);
            compiled = traced
                    ? Execution.compile(specs, gradients -> {
                        optimizer.apply(gradients, weights);
                        return List.of(Ops.constant(0, DType.FLOAT32));
                    })
                    : null;
        }

        void take(HostArray... gradients) {
            List<Tensor> tensors = Stream.of(gradients).map(Ops::tensor).toList();
            if (compiled == null) {
                optimizer.apply(tensors, weights);
            } else {
                for (int i = 0; i < gradients.length; i++) {
                    compiled.feed(i, tensors.get(i));
                }
                compiled.run();
            }
        }

        @Override
        public void close() {
            if (compiled != null) {
                compiled.close();
            }
        }
    }

    /** With scales that are powers of two a step is the inner optimizer's, bit for bit. */
    @Test
    void finiteStepsAreTheInnerOnesByUnscaledGradients() {
        Variable plain = weight("plain");
        Variable scaled = weight("scaled");
        try (Adam adam = new Adam(0.01);
                LossScaleOptimizer optimizer = new LossScaleOptimizer(new Adam(0.01), 1024, 2)) {
            for (int step = 0; step < 5; step++) {
                Tensor gradient = Ops.tensor(gradient(step, 0));
                adam.apply(List.of(gradient), List.of(plain));
                optimizer.apply(List.of(Ops.multiply(gradient, optimizer.scale())), List.of(scaled));
            }
            assertThat(scaled.toHost().toFloatArray()).isEqualTo(plain.toHost().toFloatArray());
        } finally {
            plain.close();
            scaled.close();
        }
    }

    @Test
    void theScaleGrowsAfterSoManyFiniteStepsInARow() {
        Variable weight = weight("w");
        List<Double> scales = new ArrayList<>();
        try (LossScaleOptimizer optimizer = new LossScaleOptimizer(new SGD(0.01), 4, 3)) {
            for (double broken : new double[] {0, 0, Double.NaN, 0, 0, 0, 0, 0, 0}) {
                optimizer.apply(List.of(Ops.tensor(gradient(1, broken))), List.of(weight));
                scales.add(optimizer.scale());
            }
            assertThat(scales).containsExactly(4.0, 4.0, 2.0, 2.0, 2.0, 4.0, 4.0, 4.0, 8.0);
            Tensor loss = Ops.constant(3, DType.FLOAT32);
            assertThat(optimizer.scaleLoss(loss).item()).isEqualTo(24);
            assertThat(optimizer.iterations()).isEqualTo(8);
        } finally {
            weight.close();
        }
    }

    @Test
    void rateAndScheduleAreTheInnerOnes() {
        try (LossScaleOptimizer optimizer = new LossScaleOptimizer(new SGD(0.5))) {
            optimizer.setLearningRate(0.25);
            assertThat(optimizer.inner().learningRate()).isEqualTo(0.25);
            assertThat(optimizer.learningRate()).isEqualTo(0.25);
            assertThat(optimizer.schedule()).isEmpty();
        }
    }

    /** In Keras's order: its own step count (never moved) and rate, the counter, the scale, the inner optimizer's. */
    @Test
    void variablesAreKeras() {
        Variable weight = weight("w");
        try (LossScaleOptimizer optimizer = new LossScaleOptimizer(new SGD(0.1, 0.9, false))) {
            optimizer.apply(List.of(Ops.tensor(gradient(1, 0))), List.of(weight));
            assertThat(optimizer.variables())
                    .extracting(Variable::name)
                    .containsExactly(
                            "loss_scale_optimizer/iteration",
                            "loss_scale_optimizer/learning_rate",
                            "loss_scale_optimizer/step_counter",
                            "loss_scale_optimizer/dynamic_scale",
                            "sgd/iteration",
                            "sgd/learning_rate",
                            "sgd/w_momentum");
            assertThat(optimizer.variables().subList(0, 5).stream()
                            .map(variable -> variable.toHost().getDouble(0)))
                    .containsExactly(0.0, 0.0, 1.0, 32768.0, 1.0);
        } finally {
            weight.close();
        }
    }

    @Test
    void comesBackFromItsConfig() {
        try (LossScaleOptimizer optimizer = new LossScaleOptimizer(new Adam(0.125), 16, 7)) {
            assertThat(optimizer.config())
                    .containsOnlyKeys("name", "inner_optimizer", "initial_scale", "dynamic_growth_steps")
                    .contains(entry("name", "loss_scale_optimizer"), entry("initial_scale", 16.0));
            Map<String, Object> form = Optimizers.serialize(optimizer);
            assertThat(form).contains(entry("class_name", "LossScaleOptimizer"));
            try (Optimizer read = Optimizers.deserialize(form)) {
                assertThat(read.config()).isEqualTo(optimizer.config());
            }
        }
    }

    @Test
    void refusesWhatBelongsToTheInnerOptimizer() {
        try (LossScaleOptimizer optimizer = new LossScaleOptimizer(new SGD(0.1))) {
            Map<String, Object> config = new HashMap<>(optimizer.config());
            Map<String, Object> form = new HashMap<>(Optimizers.serialize(optimizer));
            form.put("config", config);
            config.put("use_ema", false);
            config.put("clipnorm", null);
            Optimizers.deserialize(form).close();
            config.put("clipnorm", 1.0);
            assertThatThrownBy(() -> Optimizers.deserialize(form))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessage("[config] expected \"clipnorm\" of a LossScaleOptimizer to be that of its inner "
                            + "optimizer; received 1.0 for itself.");
            config.remove("clipnorm");
            config.put("dynamic", false);
            assertThatThrownBy(() -> Optimizers.deserialize(form))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessage("[config] expected a LossScaleOptimizer with \"dynamic\" true; received false. Set the "
                            + "\"loss_scale_factor\" of the inner optimizer instead.");
            assertThatThrownBy(() -> new LossScaleOptimizer(optimizer))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[loss_scale_optimizer] expected an optimizer that doesn't scale the loss already; "
                            + "received another LossScaleOptimizer.");
            assertThatThrownBy(() -> new LossScaleOptimizer(new SGD(0.1), 0, 7))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[loss_scale_optimizer] expected a positive initialScale; received 0.0.");
            assertThatThrownBy(() -> new LossScaleOptimizer(new SGD(0.1), 1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[loss_scale_optimizer] expected dynamicGrowthSteps of at least 1; received 0.");
        }
    }
}
