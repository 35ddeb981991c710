package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backends;
import dev.lamina.backend.ResidentRows;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps on samples that lie on the device. */
final class ResidentRowsTest {
    private static final TensorSpec ROWS = new TensorSpec(Shape.of(2, 3), DType.FLOAT32);
    private static final TensorSpec LABELS = new TensorSpec(Shape.of(2), DType.INT64);

    private final List<Variable> variables = new ArrayList<>();

    @AfterEach
    void close() {
        variables.forEach(Variable::close);
    }

    private Variable variable(HostArray values) {
        Variable variable = Variables.create("v", values, false);
        variables.add(variable);
        return variable;
    }

    private Operand operand(HostArray values) {
        return variable(values).operand();
    }

    private Operand place() {
        return operand(HostArray.zeros(Shape.of(1), DType.INT32));
    }

    private Operand table() {
        return operand(HostArray.zeros(Shape.of(5, 3), DType.FLOAT32).fill(i -> i));
    }

    private Operand labels() {
        return operand(HostArray.zeros(Shape.of(5), DType.INT64).fill(i -> 10 * i));
    }

    private Optional<Operand> order(int... numbers) {
        return Optional.of(operand(HostArray.of(numbers)));
    }

    /** Adds up twice the sum of the rows and the labels of each step; gives the rows. */
    private static CompiledStep step(Variable total) {
        return Execution.compile(List.of(ROWS, LABELS), in -> {
            total.assignAdd(Ops.add(Ops.multiply(Ops.sum(in.get(0)), 2), Ops.cast(Ops.sum(in.get(1)), DType.FLOAT32)));
            return List.of(Ops.multiply(in.get(0), 1));
        });
    }

    private Variable total() {
        return variable(HostArray.zeros(Shape.of(), DType.FLOAT32));
    }

    @Test
    void takenInTheirOwnOrder() {
        Variable total = total();
        ResidentRows rows = new ResidentRows(List.of(table(), labels()), Optional.empty(), place());
        long uploads = Backends.current().statistics().uploads();
        try (CompiledStep step = step(total)) {
            step.run(rows, 1, 2);
            assertThat(step.output(0).toFloatArray()).containsExactly(9, 10, 11, 12, 13, 14);
            assertThat(total.item()).isEqualTo(2 * (3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14) + 100);
            step.run(rows, 0, 1);
            assertThat(step.output(0).toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
        }
        assertThat(Backends.current().statistics().uploads()).isEqualTo(uploads);
    }

    @Test
    void takenInAnotherOrder() {
        Variable total = total();
        ResidentRows rows = new ResidentRows(List.of(table(), labels()), order(4, 0, 3, 1, 2, 4, 4), place());
        long uploads = Backends.current().statistics().uploads();
        try (CompiledStep step = step(total)) {
            // One after the other, several at a time, back again, and on.
            step.run(rows, 0, 1);
            assertThat(step.output(0).toFloatArray()).containsExactly(12, 13, 14, 0, 1, 2);
            assertThat(total.item()).isEqualTo(2 * 42 + 40);
            step.run(rows, 2, 2);
            assertThat(step.output(0).toFloatArray()).containsExactly(6, 7, 8, 12, 13, 14);
            assertThat(total.item()).isEqualTo(124 + 2 * (42 + 60) + 100);
            step.run(rows, 5, 1);
            assertThat(step.output(0).toFloatArray()).containsExactly(12, 13, 14, 12, 13, 14);
            step.run(rows, 1, 3);
            assertThat(step.output(0).toFloatArray()).containsExactly(12, 13, 14, 12, 13, 14);
            step.run(rows, 0, 0);
        }
        assertThat(Backends.current().statistics().uploads()).isEqualTo(uploads);
    }

    @Test
    void samplesFedMayComeBetween() {
        ResidentRows rows = new ResidentRows(List.of(table(), labels()), order(4, 0, 3, 1, 2), place());
        try (CompiledStep step = step(total())) {
            for (int i = 0; i < 3; i++) {
                step.feed(0, HostArray.zeros(ROWS.shape(), ROWS.dtype()).data());
                step.feed(1, HostArray.zeros(LABELS.shape(), LABELS.dtype()).data());
                step.run();
                assertThat(step.output(0).toFloatArray()).containsOnly(0);
                step.run(rows, 0, 2);
                assertThat(step.output(0).toFloatArray()).containsExactly(9, 10, 11, 3, 4, 5);
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Operand table = table();
        Operand labels = labels();
        ResidentRows inOrder = new ResidentRows(List.of(table, labels), Optional.empty(), place());
        ResidentRows ordered = new ResidentRows(List.of(table, labels), order(0, 1, 2, 3), place());
        ResidentRows one = new ResidentRows(List.of(table), Optional.empty(), place());
        ResidentRows swapped = new ResidentRows(List.of(labels, table), Optional.empty(), place());
        try (CompiledStep step = step(total())) {
            assertThatThrownBy(() -> step.run(inOrder, 4, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[step] expected 2 rows from the row 4 on; received float32 (5, 3).");
            assertThatThrownBy(() -> step.run(inOrder, -1, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[step] expected 2 rows from the row -1 on; received float32 (5, 3).");
            assertThatThrownBy(() -> step.run(ordered, 0, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[step] expected 6 rows from the row 0 on; received int32 (4,).");
            assertThatThrownBy(() -> step.run(one, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[step] expected a table for each of 2 inputs; received 1.");
            assertThatThrownBy(() -> step.run(swapped, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[step] expected rows of float32 (2, 3) for input 0; received a table int64 (5,).");
        }
    }
}
