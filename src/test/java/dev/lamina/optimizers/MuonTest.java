package dev.lamina.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Muon against its formula in double precision; no fixture has numbers of Keras's for it. */
final class MuonTest {
    private static final double A = 3.4445;
    private static final double B = -4.7750;
    private static final double C = 2.0315;

    private static double[][] multiply(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b[0].length; j++) {
                for (int k = 0; k < b.length; k++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private static double[][] transpose(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    /** (x x^T) x is x (x^T x): a matrix taller than wide needs no case of its own here. */
    private static double[][] orthogonalize(double[][] g) {
        double norm = 0;
        for (double[] row : g) {
            for (double value : row) {
                norm += value * value;
            }
        }
        double[][] x = new double[g.length][g[0].length];
        for (int i = 0; i < g.length; i++) {
            for (int j = 0; j < g[0].length; j++) {
                x[i][j] = g[i][j] / (Math.sqrt(norm) + 1e-7);
            }
        }
        for (int round = 0; round < 5; round++) {
            double[][] square = multiply(x, transpose(x));
            double[][] first = multiply(square, x);
            double[][] second = multiply(square, first);
            for (int i = 0; i < g.length; i++) {
                for (int j = 0; j < g[0].length; j++) {
                    x[i][j] = A * x[i][j] + B * first[i][j] + C * second[i][j];
                }
            }
        }
        return x;
    }

    private static double gradient(int step, int i, int j) {
        return Math.sin(1 + step * 3 + i * 5 + j * 0.7);
    }

    private static void matches(int rows, int columns) {
        Shape shape = Shape.of(rows, columns);
        HostArray start = HostArray.zeros(shape, DType.FLOAT32).fill(Math::cos);
        Variable weight = Variables.create("model/dense/kernel", start, true);
        double[][] w = new double[rows][columns];
        double[][] m = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                w[i][j] = start.getDouble(i * columns + j);
            }
        }
        try (Optimizer optimizer = Muon.of().learningRate(0.1).weightDecay(0.5).build();
                Scope _ = Scope.open()) {
            for (int step = 0; step < 3; step++) {
                int now = step;
                HostArray g = HostArray.zeros(shape, DType.FLOAT32)
                        .fill(k -> gradient(now, (int) k / columns, (int) k % columns));
                optimizer.apply(List.of(Ops.tensor(g)), List.of(weight));
                double[][] direction = new double[rows][columns];
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        w[i][j] -= w[i][j] * 0.5 * 0.1;
                        m[i][j] = 0.95 * m[i][j] + gradient(step, i, j);
                        direction[i][j] = gradient(step, i, j) + 0.95 * m[i][j];
                    }
                }
                double[][] x = orthogonalize(direction);
                HostArray found = weight.toHost();
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        w[i][j] -= 0.1 * x[i][j] * Math.sqrt(Math.max(rows, columns)) * 0.2;
                        assertThat(found.getDouble(i * columns + j))
                                .as("step %d, [%d, %d]", step, i, j)
                                .isCloseTo(w[i][j], within(1e-5));
                    }
                }
            }
        } finally {
            weight.close();
        }
    }

    @Test
    void wideTallAndSquareMatrices() {
        matches(3, 7);
        matches(7, 3);
        matches(4, 4);
        matches(1, 6);
    }

    @Test
    void whatIsNoMatrixGoesByAdam() {
        HostArray values = HostArray.of(new float[] {1, 2, 3, 4, 5, 6});
        List<Variable> byMuon = List.of(
                Variables.create("model/embedding/embeddings", values.reshape(3, 2), true),
                Variables.create("model/head/kernel", values.reshape(2, 3), true),
                Variables.create("model/dense/bias", values, true));
        Variable byAdam = Variables.create("model/dense/bias", values, true);
        try (Optimizer muon = Muon.of().excludeLayers("head").learningRate(0.1).build();
                Optimizer adam = Adam.of().learningRate(0.1).weightDecay(0.004).build();
                Scope _ = Scope.open()) {
            Tensor gradient = Ops.tensor(new float[] {0.1f, -2, 3, 0.4f, 5, -6});
            for (int step = 0; step < 2; step++) {
                muon.apply(List.of(Ops.reshape(gradient, 3, 2), Ops.reshape(gradient, 2, 3), gradient), byMuon);
                adam.apply(List.of(gradient), List.of(byAdam));
            }
            for (Variable weight : byMuon) {
                assertThat(weight.toHost().toFloatArray())
                        .as(weight.name())
                        .containsExactly(byAdam.toHost().toFloatArray());
            }
            assertThat(muon.variables()).hasSize(2 + 6);
        } finally {
            byMuon.forEach(Variable::close);
            byAdam.close();
        }
    }
}
