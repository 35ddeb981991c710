package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.runtime.Memory;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A build that fails leaves the layer as it was, so that the next one may succeed. */
final class FailedBuildTest {
    private static final class Choosy extends Layer {
        private final Variable scale = addWeight("scale", Shape.of(1), "ones");

        @Override
        protected void build(Shape inputShape) {
            addWeight("kernel", Shape.of(1000));
            if (inputShape.size(-1) != 3) {
                throw new IllegalArgumentException("three, please");
            }
        }

        @Override
        protected Tensor call(Tensor x) {
            return Ops.multiply(x, scale);
        }
    }

    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    @Test
    void weightsOfAFailedBuildAreForgotten() {
        try (Choosy layer = new Choosy()) {
            assertThatThrownBy(() -> layer.buildFor(Shape.of(1, 2))).hasMessage("three, please");
            assertThat(layer.isBuilt()).isFalse();
            assertThat(layer.weights()).extracting(Variable::name).containsExactly("scale");

            layer.buildFor(Shape.of(1, 3));

            assertThat(layer.weights()).extracting(Variable::name).containsExactly("choosy/scale", "choosy/kernel");
        }
    }

    @Test
    void theirMemoryIsFree() {
        try (Choosy layer = new Choosy()) {
            Memory.collect();
            long before = Backends.current().statistics().liveBytes();

            assertThatThrownBy(() -> layer.buildFor(Shape.of(1, 2))).hasMessage("three, please");

            Memory.collect();
            assertThat(Backends.current().statistics().liveBytes()).isEqualTo(before);
        }
    }

    @Test
    void aNestedLayerKeepsItsPlainPath() {
        final class Outer extends Layer {
            private final Choosy inner = new Choosy();

            @Override
            protected Tensor call(Tensor x) {
                return inner.apply(x);
            }
        }
        try (Outer outer = new Outer()) {
            assertThatThrownBy(() -> outer.apply(Ops.ones(1, 2))).hasMessage("three, please");
            assertThat(outer.inner.path()).isEqualTo("choosy");

            outer.apply(Ops.ones(1, 3));

            assertThat(outer.inner.path()).isEqualTo("outer/choosy");
            assertThat(outer.inner.scale.name()).isEqualTo("outer/choosy/scale");
        }
    }

    private static final class Scaled extends Layer {
        @Override
        protected void build(Shape inputShape) {
            addWeight("scale", Shape.of(inputShape.size(-1)), "ones");
        }

        @Override
        protected Tensor call(Tensor x) {
            return x;
        }
    }

    @Test
    void aPartWhoseBuildWasCalledDirectlyIsNotBuiltTwice() {
        try (Scaled layer = new Scaled()) {
            layer.build(Shape.of(1, 3));

            assertThatThrownBy(() -> layer.apply(Ops.ones(1, 3)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[scaled] expected build to add weights that the layer does not have; received "
                            + "\"scale\", which was added before. If build was called from outside, call "
                            + "buildFor(inputShape) instead: a layer built by it is not built again.");
            assertThat(layer.weights()).extracting(Variable::name).containsExactly("scale");
        }
    }

    @Test
    void aPartBuiltByBuildForIsNotBuiltAgain() {
        final class Outer extends Layer {
            private final Scaled inner = new Scaled();

            @Override
            protected void build(Shape inputShape) {
                inner.buildFor(inputShape);
            }

            @Override
            protected Tensor call(Tensor x) {
                return inner.apply(x);
            }
        }
        try (Outer outer = new Outer()) {
            outer.apply(Ops.ones(1, 3));

            assertThat(outer.weights()).extracting(Variable::name).containsExactly("outer/scaled/scale");
        }
    }
}
