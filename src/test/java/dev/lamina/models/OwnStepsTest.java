package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.metrics.Mean;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Steps, losses and metrics of the user's own. */
final class OwnStepsTest {
    private final HostArray x = HostArray.zeros(Shape.of(8, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private final HostArray y = HostArray.zeros(Shape.of(8, 1), DType.FLOAT32).fill(i -> Math.cos(i));
    private static final FitOptions QUIET = FitOptions.epochs(2).batchSize(4).verbose(false);

    /** Adds to the loss, shows a value, and doubles its predictions. */
    private static final class Extended extends Model {
        private final Dense dense = new Dense(1);

        @Override
        protected Tensor call(Tensor input) {
            return dense.apply(input);
        }

        @Override
        protected Tensor computeLoss(Batch batch, List<Tensor> predictions) {
            return Ops.add(super.computeLoss(batch, predictions), 10);
        }

        @Override
        protected Map<String, Tensor> computeMetrics(Batch batch, List<Tensor> predictions) {
            super.computeMetrics(batch, predictions);
            return Map.of("largest", Ops.max(predictions.get(0)));
        }

        @Override
        protected List<Tensor> predictStep(List<Tensor> inputs) {
            return super.predictStep(inputs).stream()
                    .map(output -> Ops.multiply(output, 2))
                    .toList();
        }
    }

    @Test
    void partsOfAStep() {
        for (boolean eagerly : new boolean[] {false, true}) {
            try (Extended model = new Extended()) {
                model.compile(
                        CompileOptions.with("sgd").loss("mse").metric("mse").runEagerly(eagerly));
                History history = model.fit(x, y, QUIET);
                Map<String, Double> values = model.evaluate(x, y, 8);
                float[] outputs = model.apply(Ops.tensor(x)).toFloatArray();

                assertThat(history.values().keySet()).containsExactly("largest", "loss", "mse");
                assertThat(values.get("loss")).isCloseTo(values.get("mse") + 10, Offset.offset(1e-5));
                float largest = Float.NEGATIVE_INFINITY;
                for (int i = 0; i < outputs.length; i++) {
                    largest = Math.max(largest, outputs[i]);
                    assertThat(model.predict(x).toFloatArray()[i]).isEqualTo(2 * outputs[i]);
                }
                assertThat(values.get("largest")).isEqualTo(largest);
            }
        }
    }

    /** The guide's way: metrics and the tape by hand, and no call. */
    private static final class ByHand extends Model {
        private final Dense dense = new Dense(1);
        private final Mean error = new Mean("error");

        @Override
        protected Map<String, Tensor> trainStep(Batch batch) {
            Tensor loss;
            List<Tensor> gradients;
            try (GradientTape tape = GradientTape.open()) {
                loss = Ops.mean(Ops.square(
                        Ops.subtract(dense.apply(batch.x().get(0)), batch.y().get(0))));
                gradients = tape.gradient(loss, dense.trainableWeights());
            }
            optimizer().apply(gradients, dense.trainableWeights());
            error.update(loss, batch.size());
            trackLoss(loss, batch);
            return Map.of();
        }
    }

    @Test
    void aModelWithoutCall() {
        try (ByHand model = new ByHand()) {
            model.compile(CompileOptions.with("sgd"));

            History history = model.fit(x, y, QUIET.withEpochs(5));

            assertThat(history.get("error")).isEqualTo(history.get("loss"));
            assertThat(history.get("loss").get(4))
                    .isLessThan(history.get("loss").get(0));
            for (Variable weight : model.weights()) {
                assertThat(weight.toFloatArray()).doesNotContain(Float.NaN);
            }
        }
    }

    /** Shows one value of its own and no loss. */
    private static final class Silent extends Model {
        private final Dense dense = new Dense(1);

        @Override
        protected Tensor call(Tensor input) {
            return dense.apply(input);
        }

        @Override
        protected Map<String, Tensor> trainStep(Batch batch) {
            return Map.of("mine", Ops.mean(apply(batch.x().get(0))));
        }
    }

    @Test
    void aStepThatTracksNoLossShowsNone() {
        for (boolean eagerly : new boolean[] {false, true}) {
            try (Silent model = new Silent()) {
                model.compile(CompileOptions.with("sgd").loss("mse").runEagerly(eagerly));

                assertThat(model.fit(x, y, QUIET).values()).containsOnlyKeys("mine");
                assertThat(model.trainOnBatch(x, y)).containsOnlyKeys("mine");
            }
        }
    }

    @Test
    void aValidationThatTracksTheLossShowsItsOwnAlone() {
        try (Silent model = new Silent()) {
            model.compile("sgd", "mse");

            History history = model.fit(x, y, QUIET.validationSplit(0.5));

            assertThat(history.values()).containsOnlyKeys("mine", "val_loss");
            assertThat(model.evaluate(x, y)).containsOnlyKeys("loss");
        }
    }
}
