package dev.lamina.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.data.HostBatch;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Input;
import dev.lamina.layers.LayerNames;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Data by the names of inputs and outputs do what lists in their order do. */
final class NamedDataTest {
    @BeforeEach
    void freshNames() {
        LayerNames.reset();
    }

    private static HostArray data(int seed, int... sizes) {
        Random random = new Random(seed);
        return HostArray.zeros(Shape.of(sizes), DType.FLOAT32).fill(i -> random.nextGaussian());
    }

    private final HostArray a = data(1, 9, 2);
    private final HostArray b = data(2, 9, 3);
    private final HostArray sum = data(3, 9, 1);
    private final HostArray other = data(4, 9, 2);
    private final Map<String, HostArray> x = Map.of("b", b, "a", a);
    private final Map<String, HostArray> y = Map.of("sum", sum, "other", other);

    private static Functional model() {
        SymbolicTensor a = Input.named("a", Shape.of(2));
        SymbolicTensor b = Input.named("b", Shape.of(3));
        var first = new Dense(1).apply(a);
        return Functional.of(
                Map.of("a", a, "b", b),
                Map.of("sum", Ops.add(first, new Dense(1).apply(b)), "other", new Dense(2).apply(b)));
    }

    @Test
    void evaluateAndPredict() {
        try (Functional model = model()) {
            assertThat(model.outputNames()).containsExactly("other", "sum");
            model.compile("sgd", "mean_squared_error");
            EvaluateOptions four = EvaluateOptions.batchSize(4);
            assertThat(model.evaluate(x, y, four)).isEqualTo(model.evaluate(List.of(a, b), List.of(other, sum), four));
            assertThat(model.predict(x, four).get("sum").toFloatArray())
                    .isEqualTo(model.predict(List.of(a, b), four).get(1).toFloatArray());
        }
    }

    @Test
    void fitWithValidation() {
        try (Functional model = model()) {
            model.compile("sgd", "mean_squared_error");
            FitOptions options =
                    FitOptions.epochs(2).batchSize(4).verbose(false).validation(x, y);
            History history = model.fit(x, y, options);
            assertThat(history.get("val_loss").getLast())
                    .isEqualTo(
                            model.evaluate(x, y, EvaluateOptions.batchSize(4)).get("loss"));
        }
    }

    @Test
    void aNameThatIsMissing() {
        try (Functional model = model()) {
            model.compile("sgd", "mean_squared_error");
            FitOptions options = FitOptions.epochs(1).verbose(false).validation(Map.of("a", a), y);
            assertThatThrownBy(() -> model.fit(x, y, options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[functional: validation] expected inputs of the names [a, b]; received [a].");
            assertThatThrownBy(() -> model.evaluate(x, Map.of("sum", sum), EvaluateOptions.batchSize(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[functional: evaluate] expected targets of the names [other, sum]; received [sum].");
        }
    }

    @Test
    void mapsThatAreChangedAfterwards() {
        try (Functional model = model()) {
            Map<String, HostArray> inputs = new HashMap<>(x);
            Map<String, HostArray> targets = new HashMap<>(y);
            FitOptions options = FitOptions.DEFAULT.validation(inputs, targets);
            inputs.clear();
            targets.clear();
            assertThat(options.validation(model).orElseThrow().x()).containsExactly(a, b);
            assertThat(options.validation(model).orElseThrow().y()).containsExactly(other, sum);
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void noValidationBatch() {
        assertThatThrownBy(() -> FitOptions.DEFAULT.validation((HostBatch) null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("data");
    }
}
