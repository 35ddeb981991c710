package dev.lamina.cli;

import dev.lamina.errors.LaminaException;
import dev.lamina.models.Model;
import dev.lamina.saving.LaminaFile;
import dev.lamina.saving.ModelContents;
import dev.lamina.saving.StoredWeight;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows what is in a model file. */
@Command(name = "inspect", description = "Shows what is in a model file: its layers and its weights.")
final class InspectCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "FILE", description = "The saved model.")
    private Path file = Path.of("");

    InspectCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        ModelContents contents = LaminaFile.contents(file);
        terminal.out().println("file:    " + file);
        terminal.out().println("format:  " + contents.format() + ", written by Lamina " + contents.version());
        terminal.out().println("class:   " + contents.className());
        terminal.out().println("summary: " + summary(contents));
        int width = contents.weights().stream()
                .mapToInt(weight -> weight.path().length())
                .max()
                .orElse(0);
        long elements = 0;
        long bytes = 0;
        for (int i = 0; i < contents.weights().size(); i++) {
            StoredWeight weight = contents.weights().get(i);
            elements += weight.spec().shape().elements();
            bytes += weight.spec().bytes();
            terminal.out()
                    .println(String.format(
                            Locale.ROOT,
                            "%4d  %-" + Math.max(1, width) + "s  %-20s %,14d bytes",
                            i,
                            weight.path(),
                            weight.spec(),
                            weight.spec().bytes()));
        }
        terminal.out()
                .println(String.format(
                        Locale.ROOT,
                        "%d arrays, %,d numbers, %,d bytes",
                        contents.weights().size(),
                        elements,
                        bytes));
        return 0;
    }

    private String summary(ModelContents contents) {
        if (!contents.hasConfig()) {
            return "none, since the file holds only weights";
        }
        try (Model model = LaminaFile.load(file)) {
            return "\n" + model.summary();
        } catch (LaminaException e) {
            return "none. " + e.getMessage();
        }
    }
}
