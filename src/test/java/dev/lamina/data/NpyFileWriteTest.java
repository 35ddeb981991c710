package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.HostArray;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyFileWriteTest {
    private static final HostArray ARRAY = HostArray.of(new int[] {1, 2, 3});

    @TempDir
    Path folder;

    @Test
    void replacesAFileAndLeavesNothingElse() {
        Path file = DataFiles.write(folder.resolve("a.npy"), "old");
        NpyFormat.write(file, ARRAY);
        assertThat(NpyFormat.read(file).toLongArray()).containsExactly(1, 2, 3);
        assertThat(folder).isDirectoryContaining("glob:**/a.npy").isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void aFailedWriteLeavesTheOldFile() {
        Path file = DataFiles.write(folder.resolve("a.npy"), "old");
        AtomicFile.Content failing = out -> {
            out.write(1);
            throw new IOException("disk full");
        };
        assertThatThrownBy(() -> AtomicFile.write("NpyFormat", file, failing))
                .isInstanceOf(DataException.class)
                .hasMessage("[NpyFormat] expected to write " + file
                        + "; received IOException: disk full. Check the path, its permissions and the space left.");
        assertThat(file).hasContent("old");
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void followsALink() throws IOException {
        Path file = DataFiles.write(folder.resolve("real/a.npy"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.npy"), file);
        NpyFormat.write(link, ARRAY);
        assertThat(link).isSymbolicLink();
        assertThat(NpyFormat.read(file).toLongArray()).containsExactly(1, 2, 3);
    }

    @Test
    void missingFolder() {
        Path file = folder.resolve("nowhere/a.npy");
        assertThatThrownBy(() -> NpyFormat.write(file, ARRAY))
                .isInstanceOf(DataException.class)
                .hasMessage("[NpyFormat] expected a folder that exists for " + file
                        + "; received one that does not. Create the folder first.");
    }

    @Test
    void folderInsteadOfAFile() {
        assertThatThrownBy(() -> NpyFormat.write(folder, ARRAY))
                .isInstanceOf(DataException.class)
                .hasMessage("[NpyFormat] expected a file to write; received the folder " + folder
                        + ". Name a file inside it.");
    }

    @Test
    void brokenStream() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("gone");
            }
        };
        assertThatThrownBy(() -> NpyFormat.write(broken, ARRAY))
                .isInstanceOf(DataException.class)
                .hasMessage("[NpyFormat] expected to write int32 (3,) to the stream; received IOException: gone. "
                        + "Check where the stream leads.");
    }
}
