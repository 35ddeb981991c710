package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.lamina.errors.LayerCallException;
import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An error inside of a layer tells which layer it was, and what it was called on. */
final class CallErrorTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    private static final class Broken extends Layer {
        private final boolean inBuild;

        Broken(boolean inBuild) {
            this.inBuild = inBuild;
        }

        private static void fail() {
            throw new IllegalArgumentException("user's own");
        }

        @Override
        protected void build(Shape inputShape) {
            if (inBuild) {
                fail();
            }
        }

        @Override
        protected Tensor call(Tensor x) {
            fail();
            return x;
        }
    }

    private static final class Outer extends Layer {
        private final Layer inner;

        Outer(Layer inner) {
            this.inner = inner;
        }

        @Override
        protected Tensor call(Tensor x) {
            return inner.apply(Ops.relu(x));
        }
    }

    @Test
    void anyExceptionOfACallKnowsTheLayers() {
        try (Outer outer = new Outer(new Broken(false))) {
            Throwable error = catchThrowable(() -> outer.apply(Ops.ones(2, 3)));

            assertThat(error).isInstanceOf(IllegalArgumentException.class).hasMessage("user's own");
            assertThat(error.getSuppressed()).hasSize(1);
            assertThat(error.getSuppressed()[0])
                    .isInstanceOf(LayerCallException.class)
                    .hasMessage("""
                            this happened
                              while calling Broken "outer/broken" on [float32 (2, 3)]
                              while calling Outer "outer" on [float32 (2, 3)]""");
        }
    }

    @Test
    void anyExceptionOfABuildKnowsTheLayers() {
        try (Outer outer = new Outer(new Broken(true))) {
            Throwable error = catchThrowable(() -> outer.apply(Ops.ones(2, 3)));

            assertThat(error).isInstanceOf(IllegalArgumentException.class).hasMessage("user's own");
            assertThat(error.getSuppressed()).hasSize(1);
            assertThat(error.getSuppressed()[0]).hasMessage("""
                            this happened
                              while building Broken "outer/broken" for [float32 (2, 3)]
                              while calling Outer "outer" on [float32 (2, 3)]""");
        }
    }

    /** What a user forgot to return; a list of it is none either. */
    @SuppressWarnings("NullAway")
    private static final class Forgetful extends Layer {
        private final boolean ofList;

        Forgetful(boolean ofList) {
            this.ofList = ofList;
        }

        @Override
        protected Tensor call(Tensor x) {
            return null;
        }

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return ofList ? Collections.singletonList(null) : super.call(inputs, context);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCallThatReturnsNothing(boolean ofList) {
        try (Outer outer = new Outer(new Forgetful(ofList))) {
            Throwable error = catchThrowable(() -> outer.apply(Ops.ones(2, 3)));

            assertThat(error)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[forgetful] expected Forgetful to return a tensor from call; it returned null.");
            assertThat(error.getSuppressed()[0])
                    .hasMessageStartingWith(
                            "this happened\n  while calling Forgetful \"outer/forgetful\" on [float32 (2, 3)]");
        }
    }

    @Test
    void laminasOwnErrorsSayItInTheirMessage() {
        final class Wrong extends Layer {
            @Override
            protected Tensor call(Tensor x) {
                return Ops.matmul(x, x);
            }
        }
        try (Wrong layer = new Wrong()) {
            assertThatThrownBy(() -> layer.apply(Ops.ones(2, 3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("[matmul] expected")
                    .hasMessageEndingWith("\n  while calling Wrong \"wrong\" on [float32 (2, 3)]");
        }
    }
}
