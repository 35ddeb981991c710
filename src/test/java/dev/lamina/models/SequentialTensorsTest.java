package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.layers.CallContext;
import dev.lamina.layers.Concatenate;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Flatten;
import dev.lamina.layers.InputLayer;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.layers.LayerOptions;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A Sequential's input, outputs and the tensors between, from which other models are made of its layers. */
final class SequentialTensorsTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    @Test
    void aModelThatEndsAtALayer() {
        Dense hidden = new Dense(5, "relu");
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(new InputLayer(Shape.of(2, 3)), new Flatten(), hidden, new Dense(1))) {
            Tensor x = Ops.reshape(Ops.range(0, 24, DType.FLOAT32), 4, 2, 3);
            Functional features = Functional.of(model.inputs(), model.output("dense"));
            assertThat(features.apply(x).toFloatArray())
                    .isEqualTo(hidden.apply(Ops.reshape(x, 4, 6)).toFloatArray());
            Functional both = Functional.of(
                    model.inputs(),
                    List.of(model.output("dense"), model.outputs().get(0)));
            assertThat(both.apply(List.of(x)).get(1).toFloatArray())
                    .isEqualTo(model.apply(x).toFloatArray());
            assertThat(both.layers()).contains(hidden);
        }
    }

    @Test
    void whatWasBuiltByDataHasThem() {
        try (Sequential model = Sequential.of(new Dense(2))) {
            assertThatThrownBy(model::inputs)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("[sequential] expected a model whose input is known. Begin it with an InputLayer, call "
                            + "buildFor, or call it on data.");
            model.predict(HostArray.of(new float[] {1, 2, 3}, 1, 3));
            assertThat(model.inputs().get(0).spec())
                    .isEqualTo(new TensorSpec(Shape.of(Shape.UNKNOWN, 3), DType.FLOAT32));
            assertThat(model.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 2));
        }
    }

    @Test
    void aLayerThatIsAddedOrTakenAwayCounts() {
        try (Sequential model = Sequential.of(new InputLayer(Shape.of(3)), new Dense(2))) {
            assertThat(model.inputs()).isEqualTo(model.inputs());
            model.add(new Dense(7));
            assertThat(model.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 7));
            model.pop().close();
            assertThat(model.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 2));
        }
    }

    @Test
    void anUnknownLayerIsRefused() {
        try (Sequential model = Sequential.of(new InputLayer(Shape.of(3)), new Dense(2))) {
            assertThatThrownBy(() -> model.output("missing"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[sequential] expected the name of a layer, one of dense; received \"missing\".");
        }
    }

    /** Twice what it is given, in the type it is given. */
    private static final class Twice extends Layer {
        @Override
        protected Tensor call(Tensor input) {
            return Ops.multiply(input, 2);
        }
    }

    @ParameterizedTest
    @CsvSource({"UINT8, 400", "BOOL, 2"})
    void smallWholeNumbersBecomeWhatTheModelMakesOfThem(DType dtype, float twice) {
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(
                        new InputLayer("bytes", Shape.of(Shape.UNKNOWN, 1, 1), dtype), new Flatten(), new Twice())) {
            Functional same = Functional.of(model.inputs(), model.outputs());
            Tensor x = Ops.cast(Ops.tensor(new float[] {200}, 1, 1, 1), dtype);
            assertThat(model.apply(x).toFloatArray()).containsExactly(twice);
            assertThat(same.apply(x).dtype()).isEqualTo(DType.FLOAT32);
            assertThat(same.apply(x).toFloatArray()).containsExactly(twice);
        }
    }

    @Test
    void aLayerThatWasAddedIsBuiltAsAPartOfTheModel() {
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(new Dense(2))) {
            model.apply(Ops.ones(1, 3));
            model.add(new Dense(4));
            assertThat(model.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 4));
            assertThat(model.weights())
                    .extracting(Variable::name)
                    .containsExactly(
                            "sequential/dense/kernel",
                            "sequential/dense/bias",
                            "sequential/dense_1/kernel",
                            "sequential/dense_1/bias");
        }
    }

    /** The input and its negative. */
    private static final class Two extends Layer {
        Two() {
            super(LayerOptions.named("two"));
        }

        @Override
        protected List<Tensor> call(List<Tensor> inputs, CallContext context) {
            return List.of(inputs.get(0), Ops.negate(inputs.get(0)));
        }
    }

    @Test
    void aLastLayerOfSeveralOutputs() {
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(new InputLayer(Shape.of(1)), new Flatten(), new Two())) {
            assertThat(model.outputs()).hasSize(2);
            List<Tensor> both = Functional.of(model.inputs(), model.outputs()).apply(List.of(Ops.ones(1, 1)));
            assertThat(both.get(0).toFloatArray()).containsExactly(1);
            assertThat(both.get(1).toFloatArray()).containsExactly(-1);
            assertThat(model.output("flatten").shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 1));
        }
    }

    @Test
    void aLayerOfSeveralInputsAfterOneOfSeveralOutputs() {
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(new InputLayer(Shape.of(1)), new Two(), new Concatenate())) {
            assertThat(Functional.of(model.inputs(), model.output("concatenate"))
                            .apply(Ops.ones(1, 1))
                            .toFloatArray())
                    .containsExactly(1, -1);
        }
    }

    @Test
    void oneOutputOfALayerThatHasSeveral() {
        try (Sequential model = Sequential.of(new InputLayer(Shape.of(1)), new Two(), new Concatenate())) {
            assertThatThrownBy(() -> model.output("two"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[sequential] expected a layer that has one output; \"two\" has 2. Those of the last "
                            + "layer are in outputs().");
        }
    }

    @Test
    void aModelThatIsBuiltForAnotherInputHasAnother() {
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(new Flatten(), new Dense(2))) {
            model.apply(Ops.ones(1, 5, 3));
            model.pop().close();
            assertThat(model.inputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 5, 3));
            model.apply(Ops.ones(1, 9, 3));
            assertThat(model.inputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 9, 3));
            assertThat(model.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 27));
        }
    }

    @Test
    void aModelInsideThatChangesCounts() {
        try (Scope _ = Scope.open();
                Sequential inner = Sequential.of(new Dense(2));
                Sequential outer = Sequential.of(new InputLayer(Shape.of(3)), inner)) {
            assertThat(outer.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 2));
            inner.add(new Dense(7));
            assertThat(outer.outputs().get(0).shape()).isEqualTo(Shape.of(Shape.UNKNOWN, 7));
            assertThat(inner.weights().getLast().name()).isEqualTo("sequential_1/sequential/dense_1/bias");
        }
    }

    @Test
    void aLayerThatStandsTwiceInAModelInsideAndIsTakenAwayOnceCounts() {
        Twice twice = new Twice();
        try (Scope _ = Scope.open();
                Sequential inner = Sequential.of(twice, twice);
                Sequential outer = Sequential.of(new InputLayer(Shape.of(1)), inner)) {
            SymbolicTensor before = outer.outputs().get(0);
            inner.pop();
            assertThat(outer.outputs().get(0)).isNotSameAs(before);
        }
    }

    @Test
    void threadsGetTheTensorsOfOneGraph() throws Exception {
        int threads = 4;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int round = 0; round < 50; round++) {
                try (Sequential model =
                        Sequential.of(new InputLayer(Shape.of(3)), new Dense(4), new Dense(4), new Dense(2))) {
                    CyclicBarrier start = new CyclicBarrier(threads);
                    List<Callable<List<SymbolicTensor>>> tasks = Collections.nCopies(threads, () -> {
                        start.await();
                        return List.of(model.inputs().get(0), model.outputs().get(0));
                    });
                    Set<List<SymbolicTensor>> seen = new HashSet<>();
                    for (Future<List<SymbolicTensor>> pair : pool.invokeAll(tasks)) {
                        seen.add(pair.get());
                    }
                    assertThat(seen).hasSize(1);
                }
            }
        }
    }

    /** Makes its part when it is built. */
    private static final class Block extends Layer {
        private @Nullable Dense inner;

        @Override
        protected void build(Shape shape) {
            inner = new Dense(4);
            inner.buildFor(shape);
        }

        @Override
        protected Tensor call(Tensor x) {
            return Objects.requireNonNull(inner).apply(x);
        }
    }

    @Test
    void aLayerThatMakesItsPartsWhenItIsBuilt() {
        try (Scope _ = Scope.open();
                Sequential model = Sequential.of(new Dense(2))) {
            model.apply(Ops.ones(1, 3));
            model.add(new Block());
            Functional same = Functional.of(model.inputs(), model.outputs());
            assertThat(same.apply(Ops.ones(2, 3)).toFloatArray())
                    .isEqualTo(model.apply(Ops.ones(2, 3)).toFloatArray());
        }
    }
}
