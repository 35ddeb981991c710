package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries in the system's own folders, below a root that stands for a machine. */
final class LibrarySearchTest {
    /** Of a name for each test: a process keeps what it has loaded. */
    private final String library = "lib" + UUID.randomUUID() + ".so.1";

    private final String companion = library.replace(".so", "-lt.so");

    @TempDir
    private Path given;

    private Path root;

    @BeforeEach
    void followLinks() throws IOException {
        root = given.toRealPath();
    }

    private Path put(String path, boolean whole) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        byte[] bytes = Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "libjimage.so"));
        return Files.write(file, whole ? bytes : Arrays.copyOf(bytes, 5_000));
    }

    private LibrarySearch search(Map<String, String> variables) {
        LibrarySearch search = new LibrarySearch();
        search.byName(library, new LibraryPlaces(variables, root), List.of(companion));
        return search;
    }

    @Test
    void aFileCutShortInASystemFolderGivesWayToTheNext() throws IOException {
        Path cut = put("usr/lib64/" + library, false);
        Path whole = put("usr/lib/" + library, true);
        LibrarySearch search = search(Map.of());
        assertThat(search.found()).contains(whole.toString());
        assertThat(search.rejected()).singleElement().asString().startsWith(cut + " is cut short: it has 5000 of");
    }

    @Test
    void soDoesOneWhoseCompanionIsCutShort() throws IOException {
        put("usr/lib64/" + library, true);
        Path cut = put("usr/lib64/" + companion, false);
        LibrarySearch search = search(Map.of());
        assertThat(search.found()).isEmpty();
        assertThat(search.rejected()).singleElement().asString().startsWith(cut + " is cut short: it has 5000 of");
        assertThat(search.description()).startsWith("tried: library path; " + cut);
    }

    @Test
    void theLibraryPathComesBeforeSystemFolders() throws IOException {
        put("usr/lib64/" + library, true);
        Path own = put("own/" + library, true);
        assertThat(search(Map.of("LD_LIBRARY_PATH", own.getParent().toString())).found())
                .contains(own.toString());
    }

    /** The loader passes over it by itself, and may know folders that are not known here. */
    @Test
    void aLibraryForAnotherProcessorDoesNotHideOneThatTheLoaderFinds() throws IOException {
        String known = "libanl.so.1";
        Path foreign = root.resolve("usr/lib/" + known);
        Files.createDirectories(foreign.getParent());
        byte[] bytes = Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "libjimage.so"));
        bytes[18] = 3;
        Files.write(foreign, bytes);
        for (String variable : List.of("LD_LIBRARY_PATH", "OTHER")) {
            LibrarySearch search = new LibrarySearch();
            Map<String, String> variables = Map.of(variable, foreign.getParent().toString());
            assertThat(search.byName(known, new LibraryPlaces(variables, root), List.of()))
                    .as(variable)
                    .isTrue();
        }
    }

    @Test
    void whatIsNowhere() {
        LibrarySearch search = search(Map.of());
        assertThat(search.found()).isEmpty();
        assertThat(search.description()).isEqualTo("tried: library path");
    }
}
