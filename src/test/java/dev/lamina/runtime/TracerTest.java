package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.TracedValueException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Traced programs do what the same code does eagerly, in particular where variables change. */
class TracerTest {
    private static final TensorSpec PAIR = new TensorSpec(Shape.of(2), DType.FLOAT32);

    private final List<Variable> variables = new ArrayList<>();

    private Variable variable(float... values) {
        Variable variable = Variables.create("v" + variables.size(), HostArray.of(values), false);
        variables.add(variable);
        return variable;
    }

    @AfterEach
    void close() {
        variables.forEach(Variable::close);
    }

    private static float[] run(CompiledStep step, int output) {
        step.run();
        return step.output(output).toFloatArray();
    }

    @Test
    void computesFromWhatIsFed() {
        try (CompiledStep step = Execution.compile(
                List.of(PAIR, PAIR), in -> List.of(Ops.add(Ops.multiply(in.get(0), 10), in.get(1))))) {
            step.feed(0, HostArray.of(new float[] {1, 2}).data());
            step.feed(1, HostArray.of(new float[] {3, 4}).data());
            assertThat(run(step, 0)).containsExactly(13, 24);
            step.feed(0, HostArray.of(new float[] {5, 6}).data());
            assertThat(run(step, 0)).containsExactly(53, 64);
        }
    }

    @Test
    void aTensorOfTheDeviceCanBeFed() {
        try (CompiledStep step = Execution.compile(List.of(PAIR), in -> List.of(Ops.multiply(in.get(0), 2)));
                Scope _ = Scope.open()) {
            Tensor x = Ops.range(3, 2, DType.FLOAT32);
            long uploads = Backends.current().statistics().uploads();
            step.feed(0, x);
            step.run();
            step.await();
            assertThat(Backends.current().statistics().uploads()).isEqualTo(uploads);
            assertThat(step.output(0).toFloatArray()).containsExactly(6, 8);
            assertThatThrownBy(() -> step.feed(0, Ops.reshape(x, 2, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[step] expected float32 (2,) for input 0; received float32 (2, 1).");
        }
    }

    @Test
    void readsSeeTheLastAssignment() {
        Variable v = variable(1, 2);
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            Tensor before = Ops.multiply(v, 1);
            v.assign(Ops.add(v, 10));
            Tensor between = Ops.multiply(v, 1);
            v.assign(Ops.multiply(v, 2));
            return List.of(before, between, Ops.multiply(v, 1));
        })) {
            step.run();
            assertThat(step.output(0).toFloatArray()).containsExactly(1, 2);
            assertThat(step.output(1).toFloatArray()).containsExactly(11, 12);
            assertThat(step.output(2).toFloatArray()).containsExactly(22, 24);
            assertThat(v.toFloatArray()).containsExactly(22, 24);
            assertThat(run(step, 2)).containsExactly(64, 68);
        }
    }

    @Test
    void aTraceThatFailsFreesTheConstantsItKept() {
        long before = Backends.current().statistics().liveBytes();
        try (Scope scope = Scope.open()) {
            Tensor constant = Ops.tensor(new float[] {1, 2});
            assertThatThrownBy(() -> Execution.compile(List.of(PAIR), in -> {
                        Ops.add(in.get(0), constant);
                        throw new IllegalArgumentException("a mistake in the step");
                    }))
                    .hasMessage("a mistake in the step");
        }
        assertThat(Backends.current().statistics().liveBytes()).isEqualTo(before);
    }

    @Test
    void aPlanThatCanNotBeBoundKeepsNoMemory() {
        Variable closed = Variables.create("closed", HostArray.of(new float[] {1, 2}), false);
        closed.close();
        long before = Backends.current().statistics().liveBytes();
        assertThatThrownBy(() -> Execution.compile(List.of(PAIR), in -> List.of(Ops.add(in.get(0), closed))))
                .isInstanceOf(ReleasedTensorException.class)
                .hasMessageStartingWith("Variable \"closed\" float32 (2,) was released when its owner was closed.");
        assertThat(Backends.current().statistics().liveBytes()).isEqualTo(before);
    }

    @Test
    void inferenceOfShapesAssignsNothing() {
        Variable v = variable(1, 2);
        Execution.symbolically(() -> {
            v.assign(HostArray.of(new float[] {5, 5}));
            v.assign(Ops.full(Shape.of(2), 7, DType.FLOAT32));
            return v;
        });
        assertThat(v.toFloatArray()).containsExactly(1, 2);
    }

    @Test
    void aValueThatWasReadOutlivesTheChangeOfItsVariable() {
        Variable v = variable(1, 2);
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            Tensor reshaped = Ops.reshape(v, 1, 2);
            v.assign(Ops.full(Shape.of(2), 100, DType.FLOAT32));
            return List.of(Ops.add(reshaped, 0.5f));
        })) {
            assertThat(run(step, 0)).containsExactly(1.5f, 2.5f);
            assertThat(v.toFloatArray()).containsExactly(100, 100);
        }
    }

    @Test
    void variablesCanBeSwapped() {
        Variable a = variable(1, 2);
        Variable b = variable(3, 4);
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            Tensor oldA = Ops.reshape(a, 2);
            Tensor oldB = Ops.reshape(b, 2);
            a.assign(oldB);
            b.assign(oldA);
            return List.of();
        })) {
            step.run();
            assertThat(a.toFloatArray()).containsExactly(3, 4);
            assertThat(b.toFloatArray()).containsExactly(1, 2);
            step.run();
            assertThat(a.toFloatArray()).containsExactly(1, 2);
        }
    }

    @Test
    void assignAddAddsOncePerRun() {
        Variable v = variable(0, 0);
        try (CompiledStep step = Execution.compile(List.of(PAIR), in -> {
            v.assignAdd(in.get(0));
            v.assignAdd(in.get(0));
            return List.of();
        })) {
            assertThat(v.toFloatArray()).as("after the trace").containsExactly(0, 0);
            step.feed(0, HostArray.of(new float[] {1, 2}).data());
            step.run();
            step.run();
            step.run();
            assertThat(v.toFloatArray()).containsExactly(6, 12);
        }
    }

    @Test
    void aVariableAssignedFromOutsideIsSeenByTheNextRun() {
        Variable v = variable(1, 1);
        try (CompiledStep step = Execution.compile(List.of(), none -> List.of(Ops.multiply(v, 2)))) {
            assertThat(run(step, 0)).containsExactly(2, 2);
            v.assign(HostArray.of(new float[] {5, 6}));
            assertThat(run(step, 0)).containsExactly(10, 12);
        }
    }

    @Test
    void aVariableReturnedAfterItsAssignmentGivesTheNewValue() {
        Variable v = variable(1, 1);
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            Tensor old = Ops.reshape(v, 2);
            v.assign(Ops.add(v, 1));
            return List.of(old, v);
        })) {
            step.run();
            assertThat(step.output(0).toFloatArray()).containsExactly(1, 1);
            assertThat(step.output(1).toFloatArray()).containsExactly(2, 2);
        }
    }

    @Test
    void hostValuesAreConstantsOfTheStep() {
        HostArray host = HostArray.of(new float[] {1, 2});
        try (CompiledStep step = Execution.compile(List.of(), none -> List.of(Ops.add(Ops.tensor(host), 1)))) {
            host.setDouble(0, 50);
            Memory.collect();
            assertThat(run(step, 0)).containsExactly(2, 3);
        }
    }

    @Test
    void anInputCanBeReturnedAsItIs() {
        try (CompiledStep step =
                Execution.compile(List.of(PAIR), in -> List.of(in.get(0), Ops.reshape(in.get(0), 2, 1)))) {
            step.feed(0, HostArray.of(new float[] {7, 8}).data());
            assertThat(run(step, 0)).containsExactly(7, 8);
            assertThat(step.output(1).shape()).hasToString("(2, 1)");
        }
    }

    @Test
    void aTracedValueCanNotBeReadDuringTheTrace() {
        assertThatThrownBy(() -> Execution.compile(List.of(PAIR), in -> {
                    in.get(0).toHost();
                    return in;
                }))
                .isInstanceOf(TracedValueException.class)
                .hasMessage("[input_0] expected a tensor with values; received a traced float32 (2,), which has "
                        + "none while a "
                        + "step is being traced. Compute with Ops, or compile the model with "
                        + "runEagerly(true) to read values "
                        + "inside a step.");
        assertThat(Execution.isTracing()).as("tracing after the failed trace").isFalse();
        assertThat(Ops.zeros(1).item()).isZero();
    }

    @Test
    void anOutputCanBeReadAfterARun() {
        try (CompiledStep step = Execution.compile(List.of(PAIR), in -> List.of(Ops.square(in.get(0))))) {
            step.feed(0, HostArray.of(new float[] {2, 3}).data());
            step.run();
            assertThat(step.outputs().get(0).toFloatArray()).containsExactly(4, 9);
        }
    }

    @Test
    void aTensorOfAnotherTraceIsRefused() {
        List<Tensor> leaked = new ArrayList<>();
        try (CompiledStep step = Execution.compile(List.of(PAIR), in -> {
            leaked.add(Ops.square(in.get(0)));
            return List.of();
        })) {
            assertThatThrownBy(() -> Execution.compile(List.of(PAIR), in -> List.of(Ops.add(in.get(0), leaked.get(0)))))
                    .isInstanceOf(TracedValueException.class)
                    .hasMessage("[add] expected a tensor of the step being traced; received \"square\" float32 "
                            + "(2,), traced "
                            + "in another step. Keep values between steps in a Variable.");
            assertThatThrownBy(() -> Ops.add(leaked.get(0), 1))
                    .isInstanceOf(TracedValueException.class)
                    .hasMessage(
                            "[add] expected tensors with values; received the traced tensor \"square\" float32 (2,) "
                                    + "outside of the step it belongs to. Keep values between steps in a Variable.");
        }
    }

    @Test
    void stepsDoNotNest() {
        assertThatThrownBy(() -> Execution.compile(List.of(), none -> {
                    Execution.compile(List.of(), in -> in);
                    return none;
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[compile] expected to be called outside of a step; a step is being traced.");
    }

    @Test
    void eagerCodeInsideOfATraceRunsAtOnce() {
        List<Tensor> made = new ArrayList<>();
        try (CompiledStep step = Execution.compile(List.of(), none -> {
            made.add(Execution.eagerly(() -> Ops.full(Shape.of(2), 3, DType.FLOAT32)));
            assertThat(made.get(0).toFloatArray()).containsExactly(3, 3);
            return List.of(Ops.add(made.get(0), 1));
        })) {
            assertThat(run(step, 0)).containsExactly(4, 4);
        }
    }

    @Test
    void symbolicTensorsAreOnlyInferred() {
        Variable v = variable(1, 2);
        Tensor x = new SymbolicTensor("x", new TensorSpec(Shape.of(Shape.UNKNOWN, 2), DType.FLOAT32));
        long ops = Backends.current().statistics().opsRun();
        Tensor y = Execution.symbolically(() -> {
            v.assign(Ops.add(v, 1));
            return Ops.multiply(Ops.add(x, v), 2);
        });
        assertThat(y.spec()).hasToString("float32 (None, 2)");
        assertThat(Backends.current().statistics().opsRun()).isEqualTo(ops);
        assertThat(v.toFloatArray()).containsExactly(1, 2);
        assertThatThrownBy(y::toHost).isInstanceOf(TracedValueException.class);
    }

    @Test
    void aRunAllocatesNothing() {
        Variable v = variable(1, 2);
        try (CompiledStep step = Execution.compile(List.of(PAIR), in -> {
            v.assign(Ops.multiply(Ops.exp(in.get(0)), v));
            return List.of(Ops.sum(v));
        })) {
            step.run();
            long before = Backends.current().statistics().allocations();
            for (int i = 0; i < 10; i++) {
                step.run();
            }
            assertThat(Backends.current().statistics().allocations()).isEqualTo(before);
        }
    }

    @Test
    void aClosedVariableIsNamed() {
        Variable v = variable(1, 2);
        try (CompiledStep step = Execution.compile(List.of(), none -> List.of(Ops.add(v, 1)))) {
            step.run();
            v.close();
            assertThatThrownBy(step::run)
                    .hasMessage("Variable \"v0\" float32 (2,) was released when its owner was closed. "
                            + "Use the model before model.close().");
        }
    }

    @Test
    void printsTheGraph() {
        Variable v = variable(1, 2);
        try (CompiledStep step = Execution.compile(List.of(PAIR), in -> {
            v.assign(Ops.add(in.get(0), v));
            return List.of(Ops.square(v));
        })) {
            assertThat(step.graph().toString()).isEqualTo("""
                    %0 = input input_0 : float32 (2,)
                    %1 = read v0 : float32 (2,)
                    %2 = ADD %0, %1 : float32 (2,)
                    %3 = assign v0 %2
                    %4 = read v0 : float32 (2,)
                    %5 = SQUARE %4 : float32 (2,)
                    return %5""");
        }
    }
}
