package dev.lamina.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The orthogonal initializer: orthogonal to machine precision, of the asked length, uniformly spread. */
final class OrthogonalTest {
    private static final List<Shape> SHAPES = List.of(
            Shape.of(1, 1), Shape.of(4, 4), Shape.of(13, 6), Shape.of(6, 13), Shape.of(207, 4), Shape.of(3, 2, 2, 5));

    @Test
    void theFewerOfRowsAndColumnsAreOrthogonal() {
        for (Shape shape : SHAPES) {
            double[] q = Initializers.orthogonal()
                    .gain(1.5)
                    .seed(5)
                    .apply(shape, DType.FLOAT64)
                    .toDoubleArray();
            int columns = shape.size(-1);
            int rows = q.length / columns;
            int count = Math.min(rows, columns);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < count; j++) {
                    double dot = 0;
                    for (int k = 0; k < Math.max(rows, columns); k++) {
                        dot += rows < columns
                                ? q[i * columns + k] * q[j * columns + k]
                                : q[k * columns + i] * q[k * columns + j];
                    }
                    assertThat(dot).as("%s: %d . %d", shape, i, j).isCloseTo(i == j ? 2.25 : 0, within(1e-14));
                }
            }
        }
    }

    @Test
    void itIsUniformlySpread() {
        // The first element of a random rotation of the plane is the cosine of a uniform angle: mean 0, mean square
        // 1/2.
        int draws = 2000;
        double sum = 0;
        double squares = 0;
        for (int seed = 0; seed < draws; seed++) {
            double first = Initializers.orthogonal()
                    .seed(seed)
                    .apply(Shape.of(2, 2), DType.FLOAT64)
                    .getDouble(0);
            sum += first;
            squares += first * first;
        }
        assertThat(sum / draws).isCloseTo(0, within(4 * Math.sqrt(0.5 / draws)));
        assertThat(squares / draws).isCloseTo(0.5, within(4 * Math.sqrt(0.125 / draws)));
    }

    @Test
    void theSameSeedGivesTheSameMatrix() {
        Orthogonal initializer = Initializers.orthogonal().seed(9);
        HostArray first = initializer.apply(Shape.of(6, 4), DType.FLOAT32);
        assertThat(Initializers.fromConfig(initializer.config())
                        .apply(Shape.of(6, 4), DType.FLOAT32)
                        .toFloatArray())
                .containsExactly(first.toFloatArray());
        assertThat(Initializers.orthogonal()
                        .seed(10)
                        .apply(Shape.of(6, 4), DType.FLOAT32)
                        .toFloatArray())
                .isNotEqualTo(first.toFloatArray());
    }

    @Test
    void emptyMatricesWork() {
        assertThat(Initializers.orthogonal()
                        .apply(Shape.of(0, 3), DType.FLOAT32)
                        .shape())
                .isEqualTo(Shape.of(0, 3));
    }

    @Test
    void aVectorIsRefused() {
        assertThatThrownBy(() -> Initializers.orthogonal().apply(Shape.of(4), DType.FLOAT32))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[orthogonal] expected a shape of rank 2 or more; received (4,). Use another initializer.");
        assertThatThrownBy(() -> Initializers.identity(1).apply(Shape.of(4), DType.FLOAT32))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[identity] expected the shape of a matrix; received (4,). Use another initializer.");
    }
}
