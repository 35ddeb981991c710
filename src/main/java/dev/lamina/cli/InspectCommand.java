package dev.lamina.cli;

import dev.lamina.errors.LaminaException;
import dev.lamina.models.Model;
import dev.lamina.saving.KerasFile;
import dev.lamina.saving.ModelContents;
import dev.lamina.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
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
        ModelContents contents = KerasFile.contents(file);
        terminal.out().println("file:    " + file);
        terminal.out()
                .println("format:  " + contents.format()
                        + contents.kerasVersion()
                                .map(version -> ", of Keras " + version)
                                .orElse(""));
        terminal.out().println("class:   " + contents.className().orElse("unknown"));
        terminal.out().println("summary: " + summary(contents));
        int width = contents.arrays().keySet().stream()
                .mapToInt(String::length)
                .max()
                .orElse(1);
        long elements = 0;
        long bytes = 0;
        for (Map.Entry<String, TensorSpec> array : contents.arrays().entrySet()) {
            TensorSpec spec = array.getValue();
            elements += spec.shape().elements();
            bytes += spec.bytes();
            terminal.out()
                    .println(String.format(
                            Locale.ROOT, "%-" + width + "s  %-20s %,14d bytes", array.getKey(), spec, spec.bytes()));
        }
        terminal.out()
                .println(String.format(
                        Locale.ROOT,
                        "%d arrays, %,d numbers, %,d bytes",
                        contents.arrays().size(),
                        elements,
                        bytes));
        return 0;
    }

    private String summary(ModelContents contents) {
        if (contents.className().isEmpty()) {
            return "none, since the file holds only weights";
        }
        try (Model model = Model.load(file, false)) {
            return "\n" + model.summary();
        } catch (LaminaException e) {
            return "none. " + e.getMessage();
        }
    }
}
