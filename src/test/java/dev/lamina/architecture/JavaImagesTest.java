package dev.lamina.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The Java that jlink makes, for the container and for the bundle for GPU machines, has the modules of Lamina's
 * classes.
 */
class JavaImagesTest {
    /** Does without its module, with a message: HistoryPlot says so. */
    private static final String OPTIONAL = "dev.lamina.models.HistoryCharts";

    private static final Pattern USE =
            Pattern.compile("^ +(dev\\.lamina\\.\\S+) +-> \\S+ +(j\\S+)$", Pattern.MULTILINE);
    private static final Pattern MODULES = Pattern.compile("--add-modules[\\s\\\\]+(\\S+)");
    private static Set<String> needed = Set.of();

    @BeforeAll
    static void askJdeps() {
        StringWriter told = new StringWriter();
        PrintWriter out = new PrintWriter(told);
        int code = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(out, out, "--multi-release", "25", "--ignore-missing-deps", "-verbose:class", "target/classes");
        assertThat(code).as(told.toString()).isZero();
        needed = USE.matcher(told.toString())
                .results()
                .filter(use -> !use.group(1).startsWith(OPTIONAL))
                .map(use -> use.group(2))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> modules(Path script) throws IOException {
        Matcher found = MODULES.matcher(Files.readString(script));
        assertThat(found.find()).as("--add-modules in " + script).isTrue();
        return Set.of(found.group(1).split(","));
    }

    @Test
    void jdepsToldThem() {
        assertThat(needed).contains("java.base", "java.management").doesNotContain("java.desktop");
    }

    @Test
    void theContainerHasThem() throws IOException {
        assertThat(modules(Path.of("Dockerfile"))).containsAll(needed);
    }

    @Test
    void theBundleHasThem() throws IOException {
        assertThat(modules(Path.of("src", "bundle", "build.sh"))).containsAll(needed);
    }
}
