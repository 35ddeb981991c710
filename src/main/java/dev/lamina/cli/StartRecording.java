package dev.lamina.cli;

import dev.lamina.backend.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the launcher lets the JVM watch to make its cache of classes: the commands that people start, in short form, one
 * after the other. {@code StartRecording FOLDER}, an empty folder for what they write.
 */
final class StartRecording {
    private StartRecording() {}

    public static void main(String[] args) throws IOException {
        Backends.warmUp();
        Path model = Files.createDirectories(Path.of(args[0])).resolve("model.keras");
        run("train", "--epochs", "1", "--save", model.toString());
        run("evaluate", "--model", model.toString());
        run("inspect", model.toString());
        run(
                "bench",
                "--case",
                "tiny-b64",
                "--json",
                "--repeats",
                "1",
                "--seconds",
                "0.1",
                "--warmup",
                "0",
                "--gate",
                "0");
        run("--help");
    }

    private static void run(String... command) {
        int exitCode = Main.run(System.out, System.err, command);
        if (exitCode != 0) {
            throw new IllegalStateException("[start] expected \"" + String.join(" ", command)
                    + "\" to end with exit code 0; received " + exitCode + ".");
        }
    }
}
