package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every op that exists has a case in the catalogue: found by walking the sealed types, not by a list kept by hand. */
class OpCatalogueCompletenessTest {
    @Test
    void everyOpHasACase() {
        assertThat(missing(OpCatalogue.CASES))
                .as("ops without a case in OpCatalogue (src/test/java/dev/lamina/ops)")
                .isEmpty();
    }

    @Test
    void namesWhatIsMissing() {
        List<OpCase> withoutSome = OpCatalogue.CASES.stream()
                .filter(one -> one.op() != UnaryOp.GELU && !(one.op() instanceof PoolingOp.MaxPool))
                .toList();
        assertThat(missing(withoutSome)).containsExactly("UnaryOp.GELU", "PoolingOp.MaxPool");
    }

    @Test
    void everyAttributeThatIsAnEnumOrAFlagIsTriedInAllItsValues() {
        List<Op> ops = OpCatalogue.CASES.stream().map(OpCase::op).toList();
        for (ReductionOp.Kind kind : ReductionOp.Kind.values()) {
            for (boolean keep : new boolean[] {true, false}) {
                assertThat(ops)
                        .as("reductions by %s, axes kept: %s", kind, keep)
                        .anyMatch(op -> op instanceof ReductionOp.Reduce r && r.kind() == kind && r.keepAxes() == keep);
            }
        }
        for (Class<?> padding : List.of(Window.Same.class, Window.Fixed.class)) {
            assertThat(ops)
                    .anyMatch(op -> op instanceof ConvolutionOp c
                            && padding.isInstance(c.window().axes().get(0).padding()))
                    .anyMatch(op -> op instanceof PoolingOp p
                            && padding.isInstance(p.window().axes().get(0).padding()));
        }
        for (boolean a : new boolean[] {true, false}) {
            for (boolean b : new boolean[] {true, false}) {
                assertThat(ops).contains(new MatrixOp.Matmul(a, b));
            }
            assertThat(ops).anyMatch(op -> op instanceof ReductionOp.ArgReduce r && r.largest() == a);
        }
        for (DType dtype : DType.values()) {
            assertThat(OpCatalogue.CASES)
                    .as("casts to %s", dtype)
                    .anyMatch(one -> one.op() instanceof ElementwiseOp.Cast
                            && one.dtypes().contains(dtype));
        }
    }

    private static List<String> missing(List<OpCase> cases) {
        Set<Object> present = new LinkedHashSet<>();
        for (OpCase one : cases) {
            present.add(one.op());
            present.add(one.op().getClass());
        }
        List<String> missing = new ArrayList<>();
        walk(Op.class, present, missing);
        return missing;
    }

    private static void walk(Class<?> type, Set<Object> present, List<String> missing) {
        if (type == CustomOp.class) {
            return;
        }
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                if (!present.contains(constant)) {
                    missing.add(type.getSimpleName() + "." + constant);
                }
            }
        } else if (type.isSealed()) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                walk(permitted, present, missing);
            }
        } else if (!present.contains(type)) {
            missing.add(type.getEnclosingClass().getSimpleName() + "." + type.getSimpleName());
        }
    }
}
