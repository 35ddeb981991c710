package dev.lamina.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backend that lacks an op must not compile, so its switches over ops have no {@code default}. */
class OpSwitchTest {
    private static final Path MAIN = Path.of("src", "main", "java", "dev", "lamina");

    @TempDir
    Path folder;

    @Test
    void backendsNameEachOp() throws IOException {
        assertThat(OpSwitches.faults(
                        OpSwitches.javaFiles(MAIN.resolve("backend")), OpSwitches.javaFiles(MAIN.resolve("ops"))))
                .isEmpty();
    }

    @Test
    void findsADefaultBesideTypePatterns() throws IOException {
        assertThat(faults("""
                int run(Op op) {
                    return switch (op) {
                        case MatMul matmul -> 1;
                        default -> 0;
                    };
                }
                """)).containsExactly(fault(4, "a switch over ops has a default"));
    }

    @Test
    void findsADefaultBesideRecordPatternsInAStatement() throws IOException {
        assertThat(faults("""
                void run(Op op) {
                    switch (op) {
                        case MatMul(boolean transposed): break;
                        default: throw new AssertionError();
                    }
                }
                """)).containsExactly(fault(4, "a switch over ops has a default"));
    }

    @Test
    void findsADefaultWrittenAsNullDefault() throws IOException {
        assertThat(faults("""
                int run(Op op) {
                    return switch (op) {
                        case MatMul matmul -> 1;
                        case null, default -> 0;
                    };
                }
                """)).containsExactly(fault(4, "a switch over ops has a default"));
    }

    @Test
    void findsADefaultBesideConstantsOfAnEnumOfOps() throws IOException {
        assertThat(faults("""
                float apply(SignOp op, float x) {
                    return switch (op) {
                        case NEGATE -> -x;
                        default -> x;
                    };
                }
                """)).containsExactly(fault(4, "a switch over ops has a default"));
    }

    @Test
    void findsACaseThatMatchesEveryOp() throws IOException {
        assertThat(faults("""
                int run(Op op) {
                    return switch (op) {
                        case MatMul matmul -> 1;
                        case Op other -> 0;
                    };
                }
                """)).containsExactly(fault(4, "a case of a switch over ops matches every op"));
    }

    @Test
    void findsASwitchInsideALambdaInsideASwitch() throws IOException {
        assertThat(faults("""
                Runnable run(Op op) {
                    return switch (op) {
                        case MatMul matmul -> () -> {
                            switch (op) { case MatMul inner -> {} default -> {} }
                        };
                    };
                }
                """)).containsExactly(fault(6, "a switch over ops has a default"));
    }

    @Test
    void allowsExhaustiveSwitchesAndOtherDefaults() throws IOException {
        assertThat(faults("""
                int run(Op op, DType type, String name) {
                    int size = switch (type) { case FLOAT32 -> 4; default -> 8; };
                    int length = switch (name) { case "NEGATE" -> 1; default -> 2; };
                    return switch (op) { case MatMul matmul -> size; case ElementwiseOp other -> length; };
                }
                """)).isEmpty();
    }

    /** The faults of these members, put into a class from its third line on. */
    private List<String> faults(String members) throws IOException {
        Path ops = Files.writeString(folder.resolve("SignOp.java"), """
                package ops;

                enum SignOp implements Op {
                    NEGATE,
                    ABS;
                    private static final int FLOAT32 = 1;
                    private enum Kind { FLOAT32 }
                }
                """);
        Path source = Files.writeString(
                folder.resolve("Kernels.java"), "package kernels;\nfinal class Kernels {\n" + members + "}\n");
        return OpSwitches.faults(List.of(source), List.of(ops));
    }

    private static String fault(int line, String what) {
        return "Kernels.java:" + line + ": " + what
                + ". Name each op, so that a new one does not compile until it is here.";
    }
}
