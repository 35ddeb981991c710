package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** One op changes the weights of a type; those of other types, and each weight by itself, change the same. */
final class WeightsOfSeveralTypesTest {
    private static final List<TensorSpec> WEIGHTS = List.of(
            new TensorSpec(Shape.of(13, 6), DType.FLOAT32),
            new TensorSpec(Shape.of(207), DType.BFLOAT16),
            new TensorSpec(Shape.of(4), DType.FLOAT64),
            new TensorSpec(Shape.of(1031), DType.FLOAT32),
            new TensorSpec(Shape.of(6), DType.FLOAT16));
    private static final int STEPS = 3;

    @TestFactory
    Stream<DynamicTest> changeTogetherAsTheyChangeAlone() {
        return Stream.<Supplier<Optimizer>>of(
                        () -> new SGD(0.1),
                        () -> new SGD(0.1, 0.9, true),
                        Adam::new,
                        AdamW::new,
                        () -> Adam.of().amsgrad(true).build(),
                        () -> RMSprop.of().centered(true).momentum(0.9).build())
                .map(optimizer ->
                        DynamicTest.dynamicTest(optimizer.get().config().toString(), () -> compare(optimizer)));
    }

    private static void compare(Supplier<Optimizer> optimizer) {
        List<HostArray> eager = eagerly(optimizer, WEIGHTS, 0);
        assertThat(bits(traced(optimizer))).as("in a compiled step").isEqualTo(bits(eager));
        for (int i = 0; i < WEIGHTS.size(); i++) {
            assertThat(bits(eagerly(optimizer, WEIGHTS.subList(i, i + 1), i)))
                    .as("weight %d by itself", i)
                    .isEqualTo(bits(eager.subList(i, i + 1)));
        }
    }

    private static List<String> bits(List<HostArray> arrays) {
        return arrays.stream()
                .map(array -> HexFormat.of().formatHex(array.data().toArray(ValueLayout.JAVA_BYTE)))
                .toList();
    }

    private static HostArray draw(TensorSpec spec, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return HostArray.zeros(spec.shape(), spec.dtype()).fill(i -> random.nextGaussian());
    }

    private static List<Variable> variables(List<TensorSpec> specs, int first) {
        List<Variable> weights = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            weights.add(Variables.create("weight_" + i, draw(specs.get(i), first + i), true));
        }
        return weights;
    }

    private static HostArray gradient(TensorSpec spec, int weight, int step) {
        return draw(spec, 100L * (step + 1) + weight);
    }

    /** @param first the number of the first of these weights among all */
    private static List<HostArray> eagerly(Supplier<Optimizer> make, List<TensorSpec> specs, int first) {
        List<Variable> weights = variables(specs, first);
        try (Optimizer optimizer = make.get();
                Scope _ = Scope.open()) {
            for (int step = 0; step < STEPS; step++) {
                List<Tensor> gradients = new ArrayList<>();
                for (int i = 0; i < specs.size(); i++) {
                    gradients.add(Ops.tensor(gradient(specs.get(i), first + i, step)));
                }
                optimizer.apply(gradients, weights);
            }
            return weights.stream().map(Variable::toHost).toList();
        } finally {
            weights.forEach(Variable::close);
        }
    }

    private static List<HostArray> traced(Supplier<Optimizer> make) {
        List<Variable> weights = variables(WEIGHTS, 0);
        try (Optimizer optimizer = make.get();
                CompiledStep compiled = Execution.compile(WEIGHTS, gradients -> {
                    optimizer.apply(gradients, weights);
                    return List.of();
                })) {
            for (int step = 0; step < STEPS; step++) {
                for (int i = 0; i < WEIGHTS.size(); i++) {
                    compiled.feed(i, gradient(WEIGHTS.get(i), i, step).data());
                }
                compiled.run();
            }
            return weights.stream().map(Variable::toHost).toList();
        } finally {
            weights.forEach(Variable::close);
        }
    }
}
