package dev.lamina.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A library built for a processor without these instructions has the same functions: Java looks all of them up before
 * it asks whether they do anything.
 */
class NativeLoopsTest {
    private static final Pattern EXPORTED = Pattern.compile("^EXPORT .*\\b(lamina_\\w+)\\(", Pattern.MULTILINE);

    private static List<String> exported(String source) {
        return EXPORTED.matcher(source)
                .results()
                .map(found -> found.group(1))
                .sorted()
                .toList();
    }

    @Test
    void everyProcessorsLibraryHasTheSameFunctions() throws IOException {
        String source = Files.readString(Path.of("native", "cpu-loops", "products.c"));
        int otherwise = source.indexOf("\n#else\n");
        List<String> here = exported(source.substring(0, otherwise));
        assertThat(here).contains("lamina_products", "lamina_convolve");
        assertThat(exported(source.substring(otherwise))).isEqualTo(here);
    }
}
