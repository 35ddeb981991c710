package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.callbacks.LambdaCallback;
import dev.lamina.errors.ShapeException;
import dev.lamina.layers.Dense;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.metrics.F1Score;
import dev.lamina.metrics.Metric;
import dev.lamina.metrics.R2Score;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A metric of several numbers, which no log can hold, is refused before anything is trained. */
final class VectorMetricTest {
    private static final HostArray X =
            HostArray.zeros(Shape.of(8, 3), DType.FLOAT32).fill(i -> i % 5);
    private static final HostArray Y =
            HostArray.zeros(Shape.of(8, 2), DType.FLOAT32).fill(i -> i % 2);

    private static Sequential compiled(Metric metric) {
        Sequential model = Sequential.of(new Dense(2, "sigmoid"));
        model.compile(
                CompileOptions.with(new SGD(0.1)).loss(new MeanSquaredError()).metric(metric));
        return model;
    }

    @Test
    void fitRefusesItBeforeItTrains() {
        List<Integer> steps = new ArrayList<>();
        try (Sequential model = compiled(new F1Score())) {
            model.buildFor(Shape.of(8, 3));
            List<HostArray> before = model.weightValues();
            FitOptions options = FitOptions.epochs(1)
                    .batchSize(2)
                    .verbose(false)
                    .callbacks(LambdaCallback.of()
                            .onTrainBatchEnd((batch, logs) -> steps.add(batch))
                            .build());

            assertThatThrownBy(() -> model.fit(X, Y, options))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(
                            "[f1_score] expected a result of one number, as logs hold it; received (2,). For one of "
                                    + "each class call result(); F1Score and FBetaScore give one number with an average.");
            assertThat(steps).isEmpty();
            assertThat(model.weightValues().get(0).toFloatArray())
                    .isEqualTo(before.get(0).toFloatArray());
        }
    }

    @Test
    void theirMeanIsTaken() {
        try (Sequential model = compiled(new R2Score())) {
            assertThat(model.fit(X, Y, FitOptions.DEFAULT.verbose(false)).get("r2_score"))
                    .hasSize(1);
        }
    }

    /** Its result is made on the host, which inference can't see. */
    private static final class OnTheHost extends Metric {
        private final Variable sum = addState("sum", Shape.of(2));

        OnTheHost() {
            super("on_the_host");
        }

        @Override
        protected void accumulate(Tensor target, Tensor prediction, Optional<Tensor> sampleWeight) {
            sum.assignAdd(Ops.sum(target, 0));
        }

        @Override
        public Tensor result() {
            return Ops.constant(sum.toHost().getDouble(1), DType.FLOAT32);
        }
    }

    @Test
    void aResultThatLooksAtValuesIsLeftInPeace() {
        try (Sequential model = compiled(new OnTheHost())) {
            assertThat(model.fit(X, Y, FitOptions.DEFAULT.verbose(false)).get("on_the_host"))
                    .containsExactly(8.0);
        }
    }
}
