package dev.lamina.initializers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A random matrix with orthogonal rows or columns, whichever are fewer, of length {@code gain} (Saxe et al., 2014); all
 * axes but the last count as rows. It is the Q of the QR decomposition, R's diagonal being positive, of a matrix of
 * normal numbers, and so uniformly distributed over all such matrices.
 */
public record Orthogonal(double gain, OptionalLong seed) implements Initializer {
    public Orthogonal gain(double newGain) {
        return new Orthogonal(newGain, seed);
    }

    /** The same, which draws the same numbers at each use. */
    public Orthogonal seed(long newSeed) {
        return new Orthogonal(gain, OptionalLong.of(newSeed));
    }

    @Override
    public HostArray apply(Shape shape, DType dtype) {
        int rank = shape.rank();
        if (rank < 2) {
            throw new ShapeException("[orthogonal] expected a shape of rank 2 or more; received " + shape
                    + ". Use another initializer.");
        }
        int columns = shape.size(-1);
        int rows = Math.toIntExact(shape.elements(0, rank - 1));
        double[][] vectors = orthonormal(Math.min(rows, columns), Math.max(rows, columns));
        return HostArray.zeros(shape, dtype).fill(i -> {
            int row = (int) (i / columns);
            int column = (int) (i % columns);
            return gain * (rows < columns ? vectors[row][column] : vectors[column][row]);
        });
    }

    /**
     * So many orthogonal unit vectors: Gram and Schmidt's process, run twice for each vector, which makes them
     * orthogonal to machine precision (Giraud, Langou and Rozloznik, 2005).
     */
    private double[][] orthonormal(int count, int length) {
        Draws draws = new Draws(seed);
        double[][] vectors = new double[count][length];
        for (int i = 0; i < count; i++) {
            double[] vector = vectors[i];
            for (int k = 0; k < length; k++) {
                vector[k] = draws.normal();
            }
            for (int pass = 0; pass < 2; pass++) {
                for (int j = 0; j < i; j++) {
                    subtractProjection(vector, vectors[j]);
                }
            }
            double norm = Math.sqrt(dot(vector, vector));
            for (int k = 0; k < length; k++) {
                vector[k] /= norm;
            }
        }
        return vectors;
    }

    private static void subtractProjection(double[] vector, double[] unit) {
        double along = dot(vector, unit);
        for (int k = 0; k < vector.length; k++) {
            vector[k] -= along * unit[k];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += a[k] * b[k];
        }
        return sum;
    }

    @Override
    public boolean takesSeed() {
        return seed.isEmpty();
    }

    @Override
    public Map<String, Object> config() {
        return Initializers.config("Orthogonal", "seed", seed, "gain", gain);
    }

    static Orthogonal fromConfig(Config config) {
        return new Orthogonal(config.number("gain", 1), Initializers.seed(config));
    }
}
