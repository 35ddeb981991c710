package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.layers.Dense;
import dev.lamina.layers.LayerNames;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.schedules.ExponentialDecay;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The variables of an optimizer: when they are made, and that they stay. */
final class OptimizerStateTest {
    private static final HostArray X = HostArray.of(new float[][] {{1, 2, 3}, {4, -5, 6}});
    private static final HostArray Y = HostArray.of(new float[][] {{1}, {2}});
    private static final FitOptions ONCE = FitOptions.DEFAULT.verbose(false);

    private static Sequential model(Optimizer optimizer) {
        LayerNames.reset();
        Sequential model = Sequential.of(new Dense(4, "tanh"), new Dense(1));
        model.compile(optimizer, new MeanSquaredError());
        return model;
    }

    private static List<String> names(Optimizer optimizer) {
        return optimizer.variables().stream().map(Variable::name).toList();
    }

    @Test
    void variablesAreMadeInKerasOrderBeforeTheFirstStep() {
        Optimizer optimizer = RMSprop.of()
                .momentum(0.5)
                .useEma(true)
                .gradientAccumulationSteps(2)
                .build();
        try (Sequential model = model(optimizer)) {
            model.buildFor(Shape.of(Shape.UNKNOWN, 3));
            model.layers().get(1).setTrainable(false);

            optimizer.build(model.trainableWeights());

            assertThat(names(optimizer))
                    .containsExactly(
                            "rm_sprop/iteration",
                            "rm_sprop/learning_rate",
                            "rm_sprop/sequential_dense_kernel_average",
                            "rm_sprop/sequential_dense_bias_average",
                            "rm_sprop/sequential_dense_kernel_gradient_accumulator",
                            "rm_sprop/sequential_dense_bias_gradient_accumulator",
                            "rm_sprop/sequential_dense_kernel_velocity",
                            "rm_sprop/sequential_dense_bias_velocity",
                            "rm_sprop/sequential_dense_kernel_momentum",
                            "rm_sprop/sequential_dense_bias_momentum");
            List<Variable> before = optimizer.variables();
            model.fit(X, Y, ONCE);
            assertThat(optimizer.variables()).containsExactlyElementsOf(before);
        }
    }

    @Test
    void aFrozenLayerKeepsItsSlots() {
        Optimizer optimizer = new Adam(0.1);
        try (Sequential model = model(optimizer)) {
            model.fit(X, Y, ONCE);
            List<Variable> before = optimizer.variables();
            Variable kernel = model.layers().get(0).weights().get(0);
            float[] momentum = optimizer.slot(kernel, "momentum").toHost().toFloatArray();
            float[] weight = kernel.toHost().toFloatArray();

            model.layers().get(0).setTrainable(false);
            model.fit(X, Y, ONCE);

            assertThat(optimizer.variables()).containsExactlyElementsOf(before);
            assertThat(optimizer.slot(kernel, "momentum").toHost().toFloatArray())
                    .containsExactly(momentum);
            assertThat(kernel.toHost().toFloatArray()).containsExactly(weight);
            model.layers().get(0).setTrainable(true);
            model.fit(X, Y, ONCE);
            assertThat(optimizer.variables()).containsExactlyElementsOf(before);
            assertThat(optimizer.slot(kernel, "momentum").toHost().toFloatArray())
                    .isNotEqualTo(momentum);
            assertThat(optimizer.iterations()).isEqualTo(3);
        }
    }

    @Test
    void aLayerUnfrozenLaterGetsSlotsThen() {
        Optimizer optimizer = new Adam(0.1);
        try (Sequential model = model(optimizer)) {
            model.layers().get(0).setTrainable(false);
            model.fit(X, Y, ONCE);
            List<Variable> before = optimizer.variables();
            assertThat(before).hasSize(2 + 4);

            model.layers().get(0).setTrainable(true);
            model.fit(X, Y, ONCE);

            assertThat(optimizer.variables()).hasSize(2 + 8).startsWith(before.toArray(Variable[]::new));
        }
    }

    @Test
    void setLearningRateTakesEffectInCompiledSteps() {
        Optimizer optimizer = new SGD(0.1);
        try (Sequential model = model(optimizer)) {
            model.fit(X, Y, ONCE);
            float[] before = model.weights().get(0).toHost().toFloatArray();
            optimizer.setLearningRate(0);
            model.fit(X, Y, ONCE);
            assertThat(model.weights().get(0).toHost().toFloatArray()).containsExactly(before);
            assertThat(optimizer.learningRate()).isZero();
            optimizer.setLearningRate(0.5);
            model.fit(X, Y, ONCE);
            assertThat(model.weights().get(0).toHost().toFloatArray()).isNotEqualTo(before);
        }
    }

    @Test
    void aScheduleFollowsTheStepsAndIsNotSet() {
        Optimizer optimizer =
                SGD.of().learningRate(new ExponentialDecay(0.8, 1, 0.5)).build();
        try (Sequential model = model(optimizer)) {
            assertThat(names(optimizer)).containsExactly("sgd/iteration");
            assertThat(optimizer.learningRate()).isCloseTo(0.8, within(1e-7));
            model.fit(X, Y, FitOptions.epochs(3).batchSize(2).verbose(false));
            assertThat(optimizer.learningRate()).isCloseTo(0.1, within(1e-7));
            assertThatThrownBy(() -> optimizer.setLearningRate(0.1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "[sgd] expected an optimizer whose learning rate is a number, to set it; this one follows "
                                    + "a schedule. Make it with a number.");
        }
    }

    @Test
    void fitEndsWithTheAverage() {
        Optimizer optimizer = SGD.of().useEma(true).emaMomentum(0.5).build();
        try (Sequential model = model(optimizer)) {
            model.fit(X, Y, FitOptions.epochs(4).verbose(false));
            Variable kernel = model.weights().get(0);
            assertThat(kernel.toHost().toFloatArray())
                    .containsExactly(
                            optimizer.slot(kernel, WeightAverage.SLOT).toHost().toFloatArray());
        }
    }

    @Test
    void unevenGradientsAreRefused() {
        try (Optimizer optimizer = new SGD();
                Scope _ = Scope.open()) {
            List<Tensor> gradients = List.of(Ops.zeros(2), Ops.zeros(3));
            Variable weight = Variables.create("w", HostArray.of(new float[] {1, 2}), true);
            assertThatThrownBy(() -> optimizer.apply(gradients, List.of(weight)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[sgd] expected a gradient for each weight; received 2 gradients and 1 weights.");
            weight.close();
            optimizer.apply(List.of(), List.of());
            assertThat(optimizer.iterations()).isZero();
        }
    }

    @Test
    void aSlotThatNobodyMadeIsNamed() {
        Variable weight = Variables.create("model/w", HostArray.of(new float[] {1}), true);
        try (Optimizer optimizer = new SGD()) {
            optimizer.build(List.of(weight));
            assertThatThrownBy(() -> optimizer.slot(weight, "velocity"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "[sgd] expected a slot \"velocity\" of \"model/w\", made in createSlots; there are [].");
        } finally {
            weight.close();
        }
    }
}
