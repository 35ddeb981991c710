package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A module of one kernel holds that kernel and what it needs. Needs neither a driver nor a compiler of PTX. */
class PtxModuleTest {
    private static final String HEAD = """
            // Lamina: some.cu. { is no brace here;
            // nvcc 13.0.88
            .version 6.3
            .target sm_75
            .address_size 64
            """;
    private static final String TABLE = ".global .align 4 .b8 table[4] = {1, 2, 3, 4};\n";
    private static final String TABLE_OF_TABLE = ".const .u64 table_of[2] = {table, 0};\n";
    private static final String UNUSED = ".global .align 4 .b8 unused[2][2];\n";
    private static final String SHARED = ".extern .shared .align 16 .b8 room[];\n";
    private static final String INNER_FIRST =
            ".func  (.param .b64 func_retval0) inner\n(\n\t.param .b64 inner_0\n)\n;\n";
    private static final String OUTER = """
            .func outer(
            \t.param .b64 outer_0
            )
            {
            \t{
            \tcall.uni (retval0), inner, (param0);
            \t}
            \tret;
            }
            """;
    private static final String INNER = """
            .func  (.param .b64 func_retval0) inner(
            \t.param .b64 inner_0
            )
            {
            \tmov.u64 \t%rd1, table_of;
            \tret;
            }
            """;
    private static final String PLAIN = """
            .visible .entry plain(
            \t.param .u64 plain_param_0
            )
            .maxntid 256, 1, 1
            {
            \t// } and a semicolon; in a comment
            \tmov.u64 \t%rd1, tables;
            \tret;
            }
            """;
    private static final String CALLER = """
            .visible .entry caller()
            {
            \t.pragma "nounroll";
            \tmov.u64 \t%rd1, room;
            \tcall.uni outer, (param0);
            \tret;
            }
            """;
    private static final PtxModule MODULE = PtxModule.of(
            () -> HEAD + TABLE + TABLE_OF_TABLE + UNUSED + SHARED + INNER_FIRST + PLAIN + CALLER + OUTER + INNER);

    private static String only(PtxModule module, String kernel) {
        return new String(module.only(kernel), StandardCharsets.ISO_8859_1);
    }

    private static List<String> entries(String ptx) {
        return PtxEntry.scan(ptx).stream().map(PtxEntry::name).toList();
    }

    static List<String> families() {
        return PtxFiles.families();
    }

    @Test
    void namesItsKernels() {
        assertThat(MODULE.kernels())
                .containsExactly(new PtxEntry("plain", List.of(8)), new PtxEntry("caller", List.of()));
    }

    @Test
    void aKernelThatNeedsNothingStandsAlone() {
        assertThat(only(MODULE, "plain"))
                .startsWith(HEAD + ".visible .entry plain(\n")
                .endsWith("\tret;\n}\n")
                .doesNotContain("inner", "outer", "table[", "table_of", "unused", "room");
    }

    @Test
    void whatAKernelNeedsDirectlyOrNotIsThereInOrder() {
        assertThat(only(MODULE, "caller"))
                .isEqualTo(HEAD + TABLE + TABLE_OF_TABLE + SHARED + INNER_FIRST + CALLER + OUTER + INNER);
    }

    @Test
    void aKernelThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> MODULE.only("table"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cuda] expected a kernel named table in the PTX; received [plain, caller]. "
                        + "This is a bug in Lamina.");
    }

    @Test
    void aTextOfAnotherFormIsRefused() {
        assertThatThrownBy(() -> PtxModule.of(() -> HEAD + "int main() { return 0; }\n"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cuda] expected a kernel, a function or a variable in the PTX; "
                        + "received int main() . This is a bug in Lamina.");
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyKernelOfAFileIsCutOutAsItWas(String family) {
        String whole = new String(PtxFiles.text(family), StandardCharsets.ISO_8859_1);
        PtxModule module = PtxModule.ofFamily(family);
        assertThat(module.kernels()).isEqualTo(PtxEntry.scan(whole));
        String head = whole.substring(0, whole.indexOf(".address_size 64\n") + ".address_size 64\n".length());
        for (String kernel : entries(whole)) {
            String cut = only(module, kernel);
            assertThat(cut).as(kernel).startsWith(head);
            assertThat(entries(cut)).containsExactly(kernel);
            int begin = whole.indexOf(".visible .entry " + kernel + "(");
            assertThat(cut).as(kernel).contains(whole.substring(begin, whole.indexOf("\n}\n", begin) + 3));
        }
    }

    /** Each kernel gets a variable of its own, so that none may be written to; what a launch brings along may. */
    @Test
    void theVariablesOfAllFilesAreConstants() {
        Pattern variable = Pattern.compile("(?m)^\\.(?:\\w+\\s+\\.)*(?:global|const|shared)\\b.*$");
        List<String> variables = families().stream()
                .map(family -> new String(PtxFiles.text(family), StandardCharsets.ISO_8859_1))
                .flatMap(ptx -> variable.matcher(ptx).results())
                .map(MatchResult::group)
                .toList();
        assertThat(variables)
                .isNotEmpty()
                .allMatch(line -> line.contains(" = {") || line.startsWith(".extern .shared"));
    }
}
