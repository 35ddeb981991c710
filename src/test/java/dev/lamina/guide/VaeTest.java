package dev.lamina.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.data.Digits;
import dev.lamina.layers.CallContext;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.metrics.Mean;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.optimizers.Adam;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The guide's variational autoencoder, 784-64-32, by fit and by a loop written out. The images are the digits of 8x8
 * pixels, each pixel three by three times, in a frame of two.
 */
final class VaeTest {
    private static final int SAMPLES = 1024;
    private static final int BATCH = 64;

    /** Draws z from the distribution that the encoder describes. */
    private static final class Sampling extends Layer {
        private final SeedGenerator noise = new SeedGenerator(1337);

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            Tensor mean = inputs.get(0);
            Tensor logVariance = inputs.get(1);
            Tensor epsilon = noise.normal(mean.shape(), mean.dtype());
            return List.of(Ops.add(mean, Ops.multiply(Ops.exp(Ops.multiply(logVariance, 0.5)), epsilon)));
        }
    }

    /** Maps digits to (mean, log variance, z). */
    private static final class Encoder extends Layer {
        private final Dense projection = new Dense(64, "relu");
        private final Dense mean = new Dense(32);
        private final Dense logVariance = new Dense(32);
        private final Sampling sampling = new Sampling();

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            Tensor x = projection.apply(inputs.get(0));
            Tensor m = mean.apply(x);
            Tensor v = logVariance.apply(x);
            return List.of(m, v, sampling.apply(List.of(m, v)).get(0));
        }
    }

    /** Maps z back to a digit. */
    private static final class Decoder extends Layer {
        private final Dense projection = new Dense(64, "relu");
        private final Dense output = new Dense(784, "sigmoid");

        @Override
        protected Tensor call(Tensor z) {
            return output.apply(projection.apply(z));
        }
    }

    private static final class VariationalAutoEncoder extends Model {
        private final Encoder encoder = new Encoder();
        private final Decoder decoder = new Decoder();

        @Override
        protected Tensor call(Tensor x) {
            List<Tensor> code = encoder.apply(List.of(x));
            Tensor mean = code.get(0);
            Tensor logVariance = code.get(1);
            Tensor inner = Ops.add(Ops.subtract(Ops.subtract(logVariance, Ops.square(mean)), Ops.exp(logVariance)), 1);
            addLoss(Ops.multiply(Ops.mean(inner), -0.5));
            return decoder.apply(code.get(2));
        }
    }

    private static HostArray images() {
        HostArray digits = Digits.load().x().rows(0, SAMPLES);
        double largest = 0;
        for (long i = 0; i < digits.elements(); i++) {
            largest = Math.max(largest, digits.getDouble(i));
        }
        double scale = largest;
        return HostArray.zeros(Shape.of(SAMPLES, 784), DType.FLOAT32).fill(i -> {
            long row = i % 784 / 28 - 2;
            long column = i % 28 - 2;
            boolean inside = row >= 0 && row < 24 && column >= 0 && column < 24;
            return inside ? digits.getDouble(i / 784 * 64 + row / 3 * 8 + column / 3) / scale : 0;
        });
    }

    @Test
    void byFit() {
        SeedGenerator.setGlobalSeed(21);
        HostArray x = images();
        try (VariationalAutoEncoder vae = new VariationalAutoEncoder()) {
            vae.compile(new Adam(1e-3), new MeanSquaredError());

            List<Double> losses = vae.fit(
                            x, x, FitOptions.epochs(2).batchSize(BATCH).verbose(false))
                    .get("loss");

            assertThat(vae.losses()).hasSize(1);
            assertThat(vae.weights()).hasSize(10);
            assertThat(losses.get(1)).isLessThan(0.9 * losses.get(0));
            assertThat(vae.predict(x).shape()).isEqualTo(Shape.of(SAMPLES, 784));
        }
    }

    @Test
    void byALoopOfOnesOwn() {
        SeedGenerator.setGlobalSeed(21);
        HostArray x = images();
        MeanSquaredError mse = new MeanSquaredError();
        try (VariationalAutoEncoder vae = new VariationalAutoEncoder();
                Adam optimizer = new Adam(1e-3);
                Mean tracker = new Mean("loss")) {
            double[] losses = new double[2];
            for (int epoch = 0; epoch < losses.length; epoch++) {
                tracker.reset();
                for (int from = 0; from < SAMPLES; from += BATCH) {
                    try (Scope scope = Scope.open();
                            GradientTape tape = GradientTape.open()) {
                        Tensor batch = Ops.tensor(x.rows(from, from + BATCH));
                        Tensor loss = mse.apply(batch, vae.apply(batch, true));
                        for (Tensor added : vae.losses()) {
                            loss = Ops.add(loss, added);
                        }
                        List<Variable> weights = vae.trainableWeights();
                        optimizer.apply(tape.gradient(loss, weights), weights);
                        tracker.update(loss, BATCH);
                    }
                }
                losses[epoch] = tracker.value();
            }

            assertThat(losses[1]).isLessThan(0.9 * losses[0]);
        }
    }
}
