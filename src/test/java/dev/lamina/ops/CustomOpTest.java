package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.GradientException;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.GradientTape;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An op that a user brings. */
class CustomOpTest {
    /** {@code factor * x^3} and its slope {@code 3 * factor * x^2}, in float32. */
    private record Cube(float factor) implements CustomOp {
        @Override
        public String opName() {
            return "cube";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            if (inputs.get(0).dtype() != DType.FLOAT32) {
                throw new DTypeException("[cube] expected float32; received " + inputs.get(0) + ".");
            }
            return List.of(inputs.get(0), inputs.get(0));
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.multiply(vjp.dy(), vjp.output(1)));
            }
        }

        @Override
        public void computeOnHost(
                List<TensorSpec> inputSpecs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            assertThat(inputs.get(0).byteSize()).isEqualTo(inputSpecs.get(0).bytes());
            for (long i = 0; i < inputSpecs.get(0).shape().elements(); i++) {
                float x = inputs.get(0).getAtIndex(ValueLayout.JAVA_FLOAT, i);
                outputs.get(0).setAtIndex(ValueLayout.JAVA_FLOAT, i, factor * x * x * x);
                outputs.get(1).setAtIndex(ValueLayout.JAVA_FLOAT, i, 3 * factor * x * x);
            }
        }
    }

    /** Gives a gradient of another shape than its input's. */
    private record Misshapen() implements CustomOp {
        @Override
        public String opName() {
            return "misshapen";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return inputs;
        }

        @Override
        public void vjp(Vjp vjp) {
            vjp.gradient(0, vjp.constant(1, vjp.dy().dtype()));
        }

        @Override
        public void computeOnHost(
                List<TensorSpec> inputSpecs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            outputs.get(0).copyFrom(inputs.get(0));
        }
    }

    @Test
    void runs() {
        List<Tensor> y = Ops.applyAll(new Cube(2), Ops.tensor(new float[] {1, -2, 3}));
        assertThat(y.get(0).toFloatArray()).containsExactly(2, -16, 54);
        assertThat(y.get(1).toFloatArray()).containsExactly(6, 24, 54);
    }

    @Test
    void isDifferentiatedByItsRule() {
        Tensor x = Ops.tensor(new float[] {1, -2, 3});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor y = Ops.applyAll(new Cube(2), Ops.multiply(x, 0.5)).get(0);
            assertThat(tape.gradient(y, List.of(x)).get(0).toFloatArray()).containsExactly(0.75f, 3, 6.75f);
        }
    }

    @Test
    void isTraced() {
        TensorSpec spec = new TensorSpec(Shape.of(3), DType.FLOAT32);
        try (CompiledStep step =
                Execution.compile(List.of(spec), x -> Ops.applyAll(new Cube(1), Ops.add(x.get(0), 1)))) {
            step.feed(0, HostArray.of(new float[] {0, 1, 2}).data());
            step.run();
            assertThat(step.output(0).toFloatArray()).containsExactly(1, 8, 27);
            step.feed(0, HostArray.of(new float[] {3, 4, 5}).data());
            step.run();
            assertThat(step.output(0).toFloatArray()).containsExactly(64, 125, 216);
        }
    }

    @Test
    void isInferred() {
        Tensor x = new SymbolicTensor("x", new TensorSpec(Shape.of(Shape.UNKNOWN, 4), DType.FLOAT32));
        assertThat(Ops.applyAll(new Cube(1), x).get(0).spec()).hasToString("float32 (None, 4)");
        Tensor ints = Ops.tensor(new int[] {1});
        assertThatThrownBy(() -> Ops.applyAll(new Cube(1), ints))
                .isInstanceOf(DTypeException.class)
                .hasMessage("[cube] expected float32; received int32 (1,).");
    }

    @Test
    void aRuleWithAGradientOfTheWrongShapeIsNamed() {
        Tensor x = Ops.tensor(new float[] {1, 2, 3});
        try (GradientTape tape = GradientTape.open()) {
            tape.watch(x);
            Tensor y = Ops.apply(new Misshapen(), x);
            assertThatThrownBy(() -> tape.gradient(y, List.of(x)))
                    .isInstanceOf(GradientException.class)
                    .hasMessage("[misshapen] expected a gradient of float32 (3,) for input 0; its gradient rule gave "
                            + "float32 ().");
        }
    }
}
