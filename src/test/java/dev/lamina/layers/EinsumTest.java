package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sums of products by Einstein's notation, against loops over all letters. */
final class EinsumTest {
    private static final Map<Character, Integer> SIZES = Map.of('a', 2, 'b', 3, 'c', 4, 'd', 5, 'e', 2);

    private static Shape shape(String letters) {
        return Shape.of(letters.chars().map(letter -> SIZES.get((char) letter)).toArray());
    }

    private static HostArray numbers(String letters, double phase) {
        return HostArray.zeros(shape(letters), DType.FLOAT64).fill(i -> Math.sin(3 * i + phase));
    }

    private static int index(String letters, Map<Character, Integer> place) {
        int index = 0;
        for (char letter : letters.toCharArray()) {
            index = index * SIZES.get(letter) + place.get(letter);
        }
        return index;
    }

    private static void add(
            String left, String right, String result, String rest, Map<Character, Integer> place, double[] sums) {
        if (rest.isEmpty()) {
            double product = numbers(left, 0).getDouble(index(left, place))
                    * numbers(right, 1).getDouble(index(right, place));
            sums[index(result, place)] += product;
            return;
        }
        for (int i = 0; i < SIZES.get(rest.charAt(0)); i++) {
            place.put(rest.charAt(0), i);
            add(left, right, result, rest.substring(1), place, sums);
        }
    }

    private static void check(String equation) {
        String[] parts = equation.split(",|->");
        StringBuilder letters = new StringBuilder();
        (parts[0] + parts[1]).chars().distinct().forEach(letter -> letters.append((char) letter));
        double[] expected = new double[(int) shape(parts[2]).elements()];
        add(parts[0], parts[1], parts[2], letters.toString(), new HashMap<>(), expected);

        Tensor found = Einsum.of("e", equation, parts[0].length())
                .apply(Ops.tensor(numbers(parts[0], 0)), Ops.tensor(numbers(parts[1], 1)));

        assertThat(found.shape()).isEqualTo(shape(parts[2]));
        double[] values = found.toHost().toDoubleArray();
        for (int i = 0; i < expected.length; i++) {
            assertThat(values[i]).as("%s, element %d", equation, i).isCloseTo(expected[i], within(1e-12));
        }
    }

    @Test
    void agreesWithLoops() {
        check("ab,bc->ac");
        check("abc,cd->abd");
        check("abc,cd->dab");
        check("abc,bcde->ade");
        check("abc,bcd->abd");
        check("abc,bd->acd");
        check("abc,cb->a");
        check("abc,c->ab");
        check("ab,cd->abcd");
        check("abcd,dce->aeb");
    }

    @Test
    void dotsStandForAxesAtEitherEnd() {
        HostArray x = numbers("abcd", 0);
        Tensor kernel = Ops.tensor(numbers("de", 1));
        Tensor named = Einsum.of("e", "abcd,de->abce", 4).apply(Ops.tensor(x), kernel);
        Tensor dots = Einsum.of("e", "...d,de->...e", 4).apply(Ops.tensor(x), kernel);
        assertThat(dots.toHost().toDoubleArray()).isEqualTo(named.toHost().toDoubleArray());
        Tensor other = Ops.tensor(numbers("be", 1));
        Tensor behind = Einsum.of("e", "ab...,be->ae...", 4).apply(Ops.tensor(x), other);
        Tensor full = Einsum.of("e", "abcd,be->aecd", 4).apply(Ops.tensor(x), other);
        assertThat(behind.toHost().toDoubleArray()).isEqualTo(full.toHost().toDoubleArray());
    }

    @Test
    void refusesOtherEquations() {
        assertThatThrownBy(() -> Einsum.of("e", "ab,bc", 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("[e] expected an equation as \"ab,bc->ac\", \"...b,bc->...c\" or \"ab...,bc->ac...\"; "
                        + "received \"ab,bc\".");
        assertThatThrownBy(() -> Einsum.of("e", "abc,cd->abd", 2))
                .isInstanceOf(dev.lamina.errors.ShapeException.class)
                .hasMessage("[e] expected an input of rank 3 for the equation \"abc,cd->abd\"; received rank 2.");
    }
}
