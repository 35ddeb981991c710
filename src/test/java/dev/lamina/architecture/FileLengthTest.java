package dev.lamina.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source file has at most 400 lines; if it grows past that, a concept is missing. */
class FileLengthTest {
    private static final int MOST_LINES = 400;
    private static final List<Path> SOURCES = List.of(Path.of("src"), Path.of("cuda-kernels"), Path.of("native"));
    private static final Set<String> EXTENSIONS = Set.of("java", "cu", "cuh", "c", "cpp", "h", "sh");

    @TempDir
    Path folder;

    @Test
    void sourceFilesAreShort() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path sources : SOURCES) {
            tooLong.addAll(tooLong(sources));
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void findsALongFile() throws IOException {
        Files.writeString(folder.resolve("Long.java"), "\n".repeat(MOST_LINES + 1));
        Files.writeString(folder.resolve("JustRight.java"), "\n".repeat(MOST_LINES));
        Files.writeString(folder.resolve("data.csv"), "\n".repeat(MOST_LINES + 1));
        assertThat(tooLong(folder)).containsExactly(folder.resolve("Long.java") + ": 401 lines");
    }

    private static List<String> tooLong(Path sources) throws IOException {
        if (!Files.isDirectory(sources)) {
            return List.of();
        }
        List<String> tooLong = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(FileLengthTest::isSource).sorted().toList()) {
                int lines = Files.readAllLines(file).size();
                if (lines > MOST_LINES) {
                    tooLong.add(file + ": " + lines + " lines");
                }
            }
        }
        return tooLong;
    }

    private static boolean isSource(Path file) {
        String name = file.getFileName().toString();
        return Files.isRegularFile(file) && EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1));
    }
}
