package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the options that all optimizers share do to gradients and weights. */
final class OptimizerOptionsTest {
    private final List<Variable> weights = new ArrayList<>();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open();
        weights.add(Variables.create("model/dense/kernel", HostArray.of(new float[] {1, 2}), true));
        weights.add(Variables.create("model/dense/bias", HostArray.of(new float[] {4}), true));
    }

    @AfterEach
    void close() {
        weights.forEach(Variable::close);
        scope.close();
    }

    /** Applies gradients of norms 5 and 12, together 13. */
    private void step(Optimizer optimizer) {
        step(optimizer, 1);
    }

    private void step(Optimizer optimizer, double factor) {
        Tensor kernel = Ops.multiply(Ops.tensor(new float[] {3, -4}), factor);
        Tensor bias = Ops.multiply(Ops.tensor(new float[] {12}), factor);
        optimizer.apply(List.of(kernel, bias), weights);
    }

    private void expect(double... values) {
        double[] found = new double[] {
            weights.get(0).toHost().getDouble(0),
            weights.get(0).toHost().getDouble(1),
            weights.get(1).toHost().getDouble(0)
        };
        assertThat(found).containsExactly(values, within(1e-6));
    }

    @Test
    void clipNormScalesEachGradient() {
        try (Optimizer optimizer = SGD.of().learningRate(1).clipNorm(10).build()) {
            step(optimizer);
            expect(1 - 3, 2 + 4, 4 - 10);
        }
    }

    @Test
    void clipValueCutsElements() {
        try (Optimizer optimizer = SGD.of().learningRate(1).clipValue(3.5).build()) {
            step(optimizer);
            expect(1 - 3, 2 + 3.5, 4 - 3.5);
        }
    }

    @Test
    void globalClipNormScalesAllByOneFactor() {
        try (Optimizer optimizer = SGD.of().learningRate(1).globalClipNorm(1.3).build()) {
            step(optimizer);
            expect(1 - 0.3, 2 + 0.4, 4 - 1.2);
        }
        try (Optimizer optimizer = SGD.of().learningRate(1).globalClipNorm(20).build()) {
            step(optimizer);
            expect(1 - 3.3, 2 + 4.4, 4 - 13.2);
        }
    }

    @Test
    void globalClipNormLetsNoBrokenGradientPass() {
        try (Optimizer optimizer = SGD.of().learningRate(1).globalClipNorm(1).build()) {
            step(optimizer, Double.POSITIVE_INFINITY);
            expect(Double.NaN, Double.NaN, Double.NaN);
        }
    }

    @Test
    void weightDecaySparesWhatIsNamed() {
        try (Optimizer optimizer = SGD.of()
                .learningRate(0.5)
                .weightDecay(0.1)
                .excludeFromWeightDecay("gamma", "^bias$")
                .build()) {
            step(optimizer, 0);
            expect(0.95, 1.9, 4);
        }
    }

    @Test
    void aWeightsOwnNameCountsNotItsLayers() {
        try (Optimizer optimizer = SGD.of()
                .learningRate(0.5)
                .weightDecay(0.1)
                .excludeFromWeightDecay("dense")
                .build()) {
            step(optimizer, 0);
            expect(0.95, 1.9, 3.8);
        }
    }

    @Test
    void accumulationUpdatesByTheMeanOfSeveralSteps() {
        try (Optimizer optimizer =
                SGD.of().learningRate(1).gradientAccumulationSteps(3).build()) {
            step(optimizer, 1);
            step(optimizer, 0);
            expect(1, 2, 4);
            step(optimizer, 0.5);
            expect(1 - 1.5, 2 + 2, 4 - 6);
            assertThat(optimizer.iterations()).isEqualTo(3);
            step(optimizer, 3);
            step(optimizer, 0);
            step(optimizer, 0);
            expect(1 - 4.5, 2 + 6, 4 - 18);
        }
    }

    @Test
    void accumulationLeavesSlotsAloneBetweenUpdates() {
        try (Optimizer optimizer = Adam.of().gradientAccumulationSteps(2).build();
                Optimizer plain = new Adam()) {
            step(optimizer, 2);
            assertThat(optimizer.slot(weights.get(0), "momentum").toHost().toFloatArray())
                    .containsExactly(0, 0);
            step(optimizer, 0);
            float[] after = weights.get(0).toHost().toFloatArray();
            weights.get(0).assign(HostArray.of(new float[] {1, 2}));
            step(plain, 1);
            assertThat(weights.get(0).toHost().toFloatArray()).containsExactly(after);
        }
    }

    @Test
    void theAverageReplacesTheWeightsAtTheEnd() {
        try (Optimizer optimizer =
                SGD.of().learningRate(1).useEma(true).emaMomentum(0.75).build()) {
            step(optimizer);
            step(optimizer);
            expect(1 - 6, 2 + 8, 4 - 24);
            optimizer.finish(weights);
            // Three quarters of the first step's weights, a quarter of the second's.
            expect(1 - 3.75, 2 + 5, 4 - 15);
        }
    }

    @Test
    void theAverageReplacesTheWeightsEveryFewSteps() {
        try (Optimizer optimizer = SGD.of()
                .learningRate(1)
                .useEma(true)
                .emaMomentum(0.75)
                .emaOverwriteFrequency(2)
                .build()) {
            step(optimizer);
            expect(1 - 3, 2 + 4, 4 - 12);
            step(optimizer);
            expect(1 - 3.75, 2 + 5, 4 - 15);
        }
    }

    @Test
    void theLossScaleCancelsOut() {
        try (Optimizer optimizer =
                SGD.of().learningRate(1).lossScaleFactor(1024).build()) {
            assertThat(optimizer
                            .scaleLoss(Ops.constant(2, weights.get(0).dtype()))
                            .item())
                    .isEqualTo(2048);
            step(optimizer, 1024);
            expect(1 - 3, 2 + 4, 4 - 12);
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        Map<String, OptimizerBuilder<?, ?>> wrong = Map.of(
                "[sgd] expected one of clipNorm, clipValue and globalClipNorm; received clipNorm 1.0, clipValue none and "
                        + "globalClipNorm 2.0.",
                SGD.of().clipNorm(1).globalClipNorm(2),
                "[sgd] expected a learning rate of at least 0; received -0.1.",
                SGD.of().learningRate(-0.1),
                "[sgd] expected an emaMomentum from 0 to 1; received 1.5.",
                SGD.of().useEma(true).emaMomentum(1.5),
                "[sgd] expected an emaOverwriteFrequency of at least 1; received 0.",
                SGD.of().emaOverwriteFrequency(0),
                "[sgd] expected gradientAccumulationSteps of at least 2; received 1.",
                SGD.of().gradientAccumulationSteps(1),
                "[sgd] expected momentum from 0 to 1; received 1.1.",
                SGD.of().momentum(1.1),
                "[adam] expected beta1 from 0 to below 1; received 1.0.",
                Adam.of().beta1(1),
                "[lion] expected beta1 above 0, at most 1; received 0.0.",
                Lion.of().beta1(0),
                "[ftrl] expected learningRatePower of at most 0; received 0.5.",
                Ftrl.of().learningRatePower(0.5),
                "[adagrad] expected initialAccumulatorValue of at least 0; received -1.0.",
                Adagrad.of().initialAccumulatorValue(-1));
        wrong.forEach((message, builder) -> assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message));
    }
}
