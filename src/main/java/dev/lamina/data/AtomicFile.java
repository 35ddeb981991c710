package dev.lamina.data;

import dev.lamina.errors.DataException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes files so that a half-written one is never seen under its name. */
final class AtomicFile {
    private AtomicFile() {}

    /** What writes a file's content. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes a new file beside {@code file} and then moves it there. Something that is no regular file, such as a pipe,
     * is written to directly; a link is followed.
     *
     * @param where the writer's name, for the {@link DataException}
     */
    static void write(String where, Path file, Content content) {
        if (Files.isDirectory(file)) {
            throw new DataException("[" + where + "] expected a file to write; received the folder " + file
                    + ". Name a file inside it.");
        }
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            if (Files.exists(target) && !Files.isRegularFile(target)) {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), 1 << 16)) {
                    content.writeTo(out);
                }
                return;
            }
            Path aside = aside(target);
            try {
                try (OutputStream out = new BufferedOutputStream(
                        Files.newOutputStream(aside, StandardOpenOption.CREATE_NEW), 1 << 16)) {
                    content.writeTo(out);
                }
                moveInto(aside, target);
            } finally {
                Files.deleteIfExists(aside);
            }
        } catch (NoSuchFileException e) {
            throw new DataException(
                    "[" + where + "] expected a folder that exists for " + file
                            + "; received one that does not. Create the folder first.",
                    e);
        } catch (IOException e) {
            throw new DataException(
                    "[" + where + "] expected to write " + file + "; received "
                            + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + ". Check the path, its permissions and the "
                            + "space left.",
                    e);
        }
    }

    /** A name for a new file in the folder of {@code target}. */
    static Path aside(Path target) {
        return target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    /** Moves a file over another in the same folder in one step, where the file system can. */
    static void moveInto(Path aside, Path target) throws IOException {
        try {
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
