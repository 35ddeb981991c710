package dev.lamina.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What Jazzer calls with one content of a file after another; {@code src/test/scripts/fuzz.sh} starts it. */
public final class FuzzTarget {
    private static final Parser PARSER =
            Parser.valueOf(System.getProperty("lamina.fuzz.parser", "").toUpperCase(Locale.ROOT));

    private static final Path FILE = temporary();

    private FuzzTarget() {}

    private static Path temporary() {
        try {
            Path file = Files.createTempFile("lamina-fuzz", "." + PARSER.folder());
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Reads good files first, so that the fuzzer's time is not spent on loading classes. */
    public static void fuzzerInitialize() throws IOException {
        Path folder = Files.createTempDirectory("lamina-fuzz");
        for (Path seed : Seeds.write(PARSER, folder)) {
            if (!PARSER.accepts(seed)) {
                throw new IllegalStateException("[fuzz] expected to read " + seed + ".");
            }
            Files.delete(seed);
        }
        Files.delete(folder);
    }

    public static void fuzzerTestOneInput(byte[] content) throws IOException {
        Files.write(FILE, content);
        PARSER.accepts(FILE);
    }
}
