package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.layers.Dense;
import dev.lamina.layers.Layer;
import dev.lamina.layers.WeightSpec;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import org.junit.jupiter.api.Test;

/** A model that looks at values runs eagerly, and is called once a batch and no more. */
final class ValueReadingModelTest {
    private final HostArray x = HostArray.zeros(Shape.of(6, 3), DType.FLOAT32).fill(i -> Math.sin(i));
    private final HostArray y = HostArray.zeros(Shape.of(6, 3), DType.FLOAT32);

    /** Counts its calls, and draws in each. */
    private static final class Counting extends Layer {
        private final SeedGenerator noise = new SeedGenerator(3);
        private Variable calls;

        @Override
        protected void build(Shape inputShape) {
            calls = addWeight(
                    WeightSpec.of("calls", Shape.scalar()).initializer("zeros").trainable(false));
        }

        @Override
        protected Tensor call(Tensor x) {
            calls.assignAdd(Ops.constant(1, DType.FLOAT32));
            return Ops.add(x, Ops.multiply(noise.normal(x.shape(), x.dtype()), 0.1));
        }
    }

    private static final class Reading extends Model {
        private final Counting before = new Counting();
        private final Dense dense = new Dense(3);
        private final Counting after = new Counting();
        private int javaCalls;

        @Override
        protected Tensor call(Tensor input) {
            javaCalls++;
            Tensor x = before.apply(input);
            double scale = Ops.mean(x).item() > 100 ? 0.5 : 1;
            return after.apply(Ops.multiply(dense.apply(x), scale));
        }
    }

    @Test
    void findingTheShapesChangesNoState() {
        try (Reading model = new Reading()) {
            model.compile(CompileOptions.with("sgd").loss("mse").runEagerly(true));

            model.fit(x, y, FitOptions.epochs(2).batchSize(3).verbose(false));

            assertThat(model.before.calls.item()).isEqualTo(4);
            assertThat(model.after.calls.item()).isEqualTo(4);
            assertThat(model.before.noise.state().toHost().toLongArray()).containsExactly(3, 4);
            assertThat(model.after.noise.state().toHost().toLongArray()).containsExactly(3, 4);
        }
    }

    @Test
    void theShapesAreFoundOnce() {
        try (Reading model = new Reading()) {
            model.compile(CompileOptions.with("sgd").loss("mse").runEagerly(true));
            model.fit(x, y, FitOptions.epochs(1).batchSize(3).verbose(false));
            int first = model.javaCalls;

            model.fit(x, y, FitOptions.epochs(1).batchSize(3).verbose(false));

            assertThat(model.javaCalls - first).as("calls of the second fit").isEqualTo(2);
        }
    }
}
