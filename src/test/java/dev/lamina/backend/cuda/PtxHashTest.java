package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The PTX that is checked in belongs to the sources and flags beside it; needs neither nvcc nor a GPU. */
class PtxHashTest {
    private static final Path FOLDER = Path.of("cuda-kernels");

    private static List<String> names(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    static List<String> families() throws IOException {
        return names(".cu").stream()
                .map(name -> name.substring(0, name.length() - 3))
                .toList();
    }

    private static String setting(String name) throws IOException {
        Matcher found = Pattern.compile("(?m)^" + name + "=\"?([^\"\n]*)\"?$")
                .matcher(Files.readString(FOLDER.resolve("families.sh")));
        assertThat(found.find()).as(name + " in families.sh").isTrue();
        return found.group(1);
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void theIndexNamesEveryFamily() throws IOException {
        assertThat(PtxFiles.families()).isEqualTo(families());
    }

    @ParameterizedTest
    @MethodSource("families")
    void thePtxWasMadeOfTheseSources(String family) throws IOException, NoSuchAlgorithmException {
        StringBuilder text = new StringBuilder(setting("FLAGS") + " " + setting("PTX_VERSION") + "\n");
        for (String file :
                Stream.concat(Stream.of(family + ".cu"), names(".cuh").stream()).toList()) {
            text.append(sha256(Files.readAllBytes(FOLDER.resolve(file))))
                    .append("  ")
                    .append(file)
                    .append('\n');
        }
        String ptx = new String(PtxFiles.text(family), StandardCharsets.ISO_8859_1);
        assertThat(ptx)
                .as("the head of %s.ptx; cuda-kernels/build.sh %s regenerates it", family, family)
                .contains(
                        "\n// sources " + sha256(text.toString().getBytes(StandardCharsets.UTF_8)) + "\n",
                        "\n// flags " + setting("FLAGS") + "\n",
                        "\n.version " + setting("PTX_VERSION") + "\n");
    }
}
