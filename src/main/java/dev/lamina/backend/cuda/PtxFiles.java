package dev.lamina.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The PTX files on the class path, {@code dev/lamina/cuda/ptx/<family>.ptx}. */
final class PtxFiles {
    private static final String FOLDER = "dev/lamina/cuda/ptx";
    private static final String SUFFIX = ".ptx";
    private static final String INDEX = "index.txt";

    private PtxFiles() {}

    /**
     * The names of all families, sorted, as {@code index.txt} lists them: a jar need not have entries for its folders,
     * so that they can't be listed.
     */
    static List<String> families() {
        return new String(read(FOLDER + "/" + INDEX), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /** The text of a family's file. */
    static byte[] text(String family) {
        return read(FOLDER + "/" + family + SUFFIX);
    }

    private static byte[] read(String resource) {
        try (InputStream in = PtxFiles.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("[cuda] expected to read the kernels of " + resource + ".", e);
        }
    }
}
