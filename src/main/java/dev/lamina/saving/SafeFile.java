package dev.lamina.saving;

import dev.lamina.errors.DataException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file so that after any failure, a crash of the machine included, the old one is there whole. */
final class SafeFile {
    private SafeFile() {}

    /** What writes a file's content. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a new file beside {@code file}, forces it to the disk and then moves it there. A link is followed;
     * something that is no regular file, such as a pipe or a device, is written to directly.
     *
     * @throws DataException if the file can't be written
     */
    static void write(Path file, Content content) {
        if (Files.isDirectory(file)) {
            throw new DataException(
                    "[save] expected a file to write; received the folder " + file + ". Name a file inside it.");
        }
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            if (Files.exists(target) && !Files.isRegularFile(target)) {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), 1 << 16)) {
                    content.writeTo(out);
                }
                return;
            }
            replace(target, content);
        } catch (NoSuchFileException e) {
            throw new DataException(
                    "[save] expected a folder that exists for " + file
                            + "; received one that does not. Create the folder first.",
                    e);
        } catch (IOException e) {
            throw new DataException(
                    "[save] expected to write " + file + "; received "
                            + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + ". Check the path, its permissions and the space left.",
                    e);
        }
    }

    private static void replace(Path target, Content content) throws IOException {
        Path aside = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            try {
                Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(aside);
        }
        forceFolder(target);
    }

    /** Makes the new name last; where a folder can't be opened (Windows), the system does so by itself. */
    private static void forceFolder(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder == null || System.getProperty("os.name", "").startsWith("Windows")) {
            return;
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
