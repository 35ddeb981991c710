package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes a part of a layer, and in which order. */
final class TrackingTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    private abstract static class Identity extends Layer {
        @Override
        protected Tensor call(Tensor x) {
            return x;
        }
    }

    private record Pair(Layer left, Layer right) {}

    private static final class Containers extends Identity {
        private final List<Layer> list = new ArrayList<>(List.of(new Dense(1), new Dense(2)));
        private final Map<String, Layer> map = Map.of("only", new Dense(3));
        private final Layer[] array = {new Dense(4)};
        private final Pair pair = new Pair(new Dense(5), new Dense(6));
        private final Optional<Layer> optional = Optional.of(new Dense(7));
        private final transient Layer leftOut = new Dense(8);
        private static final Layer SHARED_BY_ALL = new Dense(9);
        private final List<Object> cycle = new ArrayList<>();

        Containers() {
            cycle.add(cycle);
            cycle.add(list.get(0));
        }
    }

    @Test
    void containersAreLookedInto() {
        try (Containers layer = new Containers()) {
            assertThat(layer.sublayers())
                    .extracting(part -> ((Dense) part).units())
                    .containsExactly(1, 2, 3, 4, 5, 6, 7);
            assertThat(layer.sublayers()).doesNotContain(layer.leftOut, Containers.SHARED_BY_ALL);
        }
    }

    @Test
    void laterAdditionsCount() {
        try (Containers layer = new Containers()) {
            layer.list.add(new Dense(10));

            assertThat(layer.sublayers()).hasSize(8);
        }
    }

    private static class Base extends Identity {
        private final Dense first = new Dense(1);
    }

    private static final class Derived extends Base {
        private final Dense second = new Dense(2);
        private final Dense again = second;
    }

    @Test
    void superclassFirstAndEachOnce() {
        try (Derived layer = new Derived()) {
            assertThat(layer.sublayers()).containsExactly(((Base) layer).first, layer.second);
            assertThat(layer.again).isSameAs(layer.second);
        }
    }

    private static final class Mixed extends Layer {
        private final Dense dense = new Dense(2);
        private final Variable loose = Variables.create("loose", HostArray.of(new float[] {1}), true);
        private final SeedGenerator seeds = new SeedGenerator(1);
        private Variable kernel;
        private Variable count;

        @Override
        protected void build(Shape inputShape) {
            count = addWeight(WeightSpec.of("count", Shape.of(1)).trainable(false));
            kernel = addWeight("kernel", Shape.of(1));
        }

        @Override
        protected Tensor call(Tensor x) {
            return dense.apply(x);
        }
    }

    @Test
    void ownTrainableThenOwnNonTrainableThenParts() {
        try (Mixed layer = new Mixed()) {
            layer.apply(Ops.ones(1, 3));

            assertThat(layer.weights())
                    .extracting(Variable::name)
                    .containsExactly("mixed/kernel", "loose", "mixed/count", "mixed/dense/kernel", "mixed/dense/bias");
            assertThat(layer.nonTrainableWeights()).containsExactly(layer.count);
            assertThat(layer.kernel.name()).isEqualTo("mixed/kernel");
            assertThat(layer.variables()).hasSize(6).contains(layer.seeds.state());
        }
    }

    @Test
    void aReplacedPartIsForgotten() {
        final class Holder extends Identity {
            private Dense part = new Dense(1);
        }
        try (Holder holder = new Holder()) {
            holder.part = new Dense(2);

            assertThat(holder.sublayers()).containsExactly(holder.part);
        }
    }

    @Test
    void partsTrackedByHand() {
        final class ByHand extends Identity {
            ByHand(Layer part) {
                track("part", part);
            }
        }
        Dense part = new Dense(1);
        try (ByHand layer = new ByHand(part)) {
            assertThat(layer.sublayers()).containsExactly(part);
            layer.buildFor(Shape.of(1, 1));
            assertThatThrownBy(() -> layer.track("late", new Dense(2)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "[by_hand] expected parts to be tracked before the layer is built; received \"late\" after it.");
        }
    }

    @Test
    void noWeightsAfterBuild() {
        final class Late extends Layer {
            @Override
            protected Tensor call(Tensor x) {
                addWeight("late", Shape.of(1));
                return x;
            }
        }
        try (Late layer = new Late()) {
            assertThatThrownBy(() -> layer.apply(Ops.ones(1, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "[late] expected weights to be added in the constructor or in build; received \"late\" after the"
                                    + " layer was built.");
        }
    }

    @Test
    void anUnknownAxisInAWeight() {
        final class Unknown extends Identity {
            @Override
            protected void build(Shape inputShape) {
                addWeight("kernel", Shape.of(inputShape.size(0), 2));
            }
        }
        try (Unknown layer = new Unknown()) {
            assertThatThrownBy(() -> layer.buildFor(Shape.of(Shape.UNKNOWN, 3)))
                    .isInstanceOf(dev.lamina.errors.ShapeException.class)
                    .hasMessage(
                            "[unknown] expected a known size for every axis of weight \"kernel\"; received (None, 2). Fix the"
                                    + " size of that axis of the input.\n"
                                    + "  while building Unknown \"unknown\" for [float32 (None, 3)]");
        }
    }

    @Test
    void namesCountUpPerClass() {
        assertThat(new Dense(1).name()).isEqualTo("dense");
        assertThat(new Dense(1).name()).isEqualTo("dense_1");
        assertThat(new Conv2D(1, 1, "relu").name()).isEqualTo("conv2d");
        assertThat(new BatchNormalization().name()).isEqualTo("batch_normalization");
        assertThat(LayerNames.snakeCase("MLPBlock")).isEqualTo("mlp_block");
    }
}
