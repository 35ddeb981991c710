package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A sum of products of two tensors by Einstein's notation, such as {@code abc,cd->abd}: one letter an axis; what the
 * result lacks is summed over. {@code ...} stands for any axes at the beginning, or at the end, of the first tensor and
 * of the result. Computed as one matrix product between transposes.
 *
 * @param left the axes of the first tensor, one letter each
 */
record Einsum(String left, String right, String result) {
    private static final Pattern EQUATION =
            Pattern.compile("(\\.\\.\\.)?([a-zA-Z]+)(\\.\\.\\.)?,([a-zA-Z]+)->(\\.\\.\\.)?([a-zA-Z]+)(\\.\\.\\.)?");

    /** Private-use characters: axes that the equation does not name. */
    private static final char UNNAMED = '\uE000';

    /** @param rank of the first tensor, which says how many axes {@code ...} stands for */
    static Einsum of(String layer, String equation, int rank) {
        Matcher match = EQUATION.matcher(equation);
        boolean front = match.matches() && match.group(1) != null && match.group(5) != null;
        boolean back = match.matches() && match.group(3) != null && match.group(7) != null;
        boolean none = match.matches() && IntStream.of(1, 3, 5, 7).allMatch(group -> match.group(group) == null);
        if ((front ? 1 : 0) + (back ? 1 : 0) + (none ? 1 : 0) != 1) {
            throw new IllegalArgumentException("[" + layer + "] expected an equation as \"ab,bc->ac\", "
                    + "\"...b,bc->...c\" or \"ab...,bc->ac...\"; received \"" + equation + "\".");
        }
        String named = match.group(2);
        int unnamed = rank - named.length();
        if (unnamed < 0 || none && unnamed > 0) {
            throw new ShapeException("[" + layer + "] expected an input of rank "
                    + (none ? "" : "at least ") + named.length() + " for the equation \"" + equation
                    + "\"; received rank " + rank + ".");
        }
        String more = IntStream.range(0, unnamed)
                .mapToObj(i -> String.valueOf((char) (UNNAMED + i)))
                .collect(Collectors.joining());
        return front
                ? new Einsum(more + named, match.group(4), more + match.group(6))
                : new Einsum(named + more, match.group(4), match.group(6) + more);
    }

    Tensor apply(Tensor a, Tensor b) {
        String alone = letters(left, letter -> !has(right, letter) && !has(result, letter));
        Tensor x = alone.isEmpty() ? a : Ops.sum(a, places(left, alone));
        String ofX = letters(left, letter -> !has(alone, letter));
        String shared = letters(right, letter -> has(ofX, letter));
        String batch = letters(shared, letter -> has(result, letter));
        String summed = letters(shared, letter -> !has(result, letter));
        String rows = letters(ofX, letter -> !has(shared, letter));
        String columns = letters(right, letter -> !has(shared, letter));
        Tensor first = matrix(x, ofX, batch, rows, summed);
        Tensor second = matrix(b, right, batch, summed, columns);
        int[] sizes = (batch + rows + columns)
                .chars()
                .map(letter -> has(ofX, (char) letter)
                        ? x.shape().size(ofX.indexOf(letter))
                        : b.shape().size(right.indexOf(letter)))
                .toArray();
        Tensor product = Ops.reshape(Ops.matmul(first, second), sizes);
        return move(product, batch + rows + columns, result);
    }

    /** {@code (batch..., product of the rows, product of the columns)}. */
    private static Tensor matrix(Tensor x, String letters, String batch, String rows, String columns) {
        Tensor moved = move(x, letters, batch + rows + columns);
        Shape shape = moved.shape();
        int from = batch.length();
        int middle = from + rows.length();
        return Ops.reshape(
                moved,
                shape.slice(0, from)
                        .append(size(shape.slice(from, middle)), size(shape.slice(middle, shape.rank())))
                        .sizes());
    }

    private static int size(Shape shape) {
        return shape.isFullyKnown() ? Math.toIntExact(shape.elements()) : Shape.UNKNOWN;
    }

    private static Tensor move(Tensor x, String from, String to) {
        return from.equals(to) ? x : Ops.transpose(x, places(from, to));
    }

    private static int[] places(String letters, String wanted) {
        return wanted.chars().map(letters::indexOf).toArray();
    }

    private interface Choice {
        boolean test(char letter);
    }

    private static String letters(String all, Choice choice) {
        List<String> chosen = all.chars()
                .filter(letter -> choice.test((char) letter))
                .mapToObj(Character::toString)
                .toList();
        return String.join("", chosen);
    }

    private static boolean has(String letters, char letter) {
        return letters.indexOf(letter) >= 0;
    }
}
