package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeFileTest {
    @TempDir
    Path folder;

    @Test
    void failureInTheMiddleLeavesTheOldFileAndNoOther() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        assertThatThrownBy(() -> SafeFile.write(file, out -> {
                    out.write(new byte[1 << 20]);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("No space left on device");
        assertThat(file).hasContent("old");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void linkStaysALink() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        SafeFile.write(link, out -> out.write("new".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(file).hasContent("new");
    }

    @Test
    void fullDeviceIsAnError() {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "needs /dev/full");
        assertThatThrownBy(() -> SafeFile.write(full, out -> out.write(1))).isInstanceOf(DataException.class);
        assertThat(full).exists();
        assertThat(Files.isRegularFile(full)).isFalse();
    }

    @Test
    void folderAndMissingFolderAreErrors() {
        assertThatThrownBy(() -> SafeFile.write(folder, out -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("received the folder");
        assertThatThrownBy(() -> SafeFile.write(folder.resolve("none/file"), out -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("Create the folder first");
    }
}
