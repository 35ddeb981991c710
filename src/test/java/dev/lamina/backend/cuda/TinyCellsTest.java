package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.graph.Plan;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the values of a tiny network's step lie when those of its plan share memory. */
final class TinyCellsTest {
    private static Plan.Location at(long offset, int... shape) {
        return new Plan.InArena(offset, new TensorSpec(Shape.of(shape), DType.FLOAT32));
    }

    /** Two results lie where a matrix was that nobody needs any more. */
    @Test
    void aResultIsCopiedWithoutWhatLiesBehindIt() {
        Plan.Location x = at(0, 16, 16);
        Plan.Location matrix = at(1024, 16, 16);
        Plan.Location other = at(2048, 16, 16);
        Plan.Location first = at(1024);
        Plan.Location second = at(1280);
        List<List<TinyTask>> levels = List.of(
                List.of(new TinyTask.Copy(x, matrix)),
                List.of(new TinyTask.Copy(matrix, other)),
                List.of(new TinyTask.Copy(at(2048), first), new TinyTask.Copy(at(2048), second)));
        Plan plan = new Plan(List.of(), List.of(), List.of(x), List.of(second, first), 3072, 3072, 0);

        TinyCells cells = new TinyCells(plan, levels);

        assertThat(cells.loads()).isEmpty();
        assertThat(cells.stores()).containsExactly(second, first);
    }
}
