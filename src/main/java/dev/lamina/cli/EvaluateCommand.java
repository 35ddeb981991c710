package dev.lamina.cli;

import dev.lamina.data.LabeledData;
import dev.lamina.models.Model;
import dev.lamina.tensor.Shape;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a saved classifier on test samples. */
@Command(
        name = "evaluate",
        description = "Measures a saved classifier on the test samples of a data set. The last line says the accuracy.")
final class EvaluateCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "DATA",
            converter = DataSet.Converter.class,
            description = "digits or fashion-mnist; without it, the one whose images the model takes.")
    private Optional<DataSet> dataSet = Optional.empty();

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The saved model.")
    private Path file = Path.of("");

    @Option(names = "--batch-size", paramLabel = "N", description = "Samples a step; 128.")
    private int batchSize = 128;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            converter = BackendChoice.Converter.class,
            description = "auto, cpu or cuda.")
    private BackendChoice backend = BackendChoice.AUTO;

    @Option(names = "--data", paramLabel = "FOLDER", description = "Where the files of fashion-mnist are.")
    private Optional<Path> folder = Optional.empty();

    EvaluateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Checks.positive(spec, "--batch-size", batchSize);
        backend.use();
        try (Model model = Model.load(file, false)) {
            DataSet chosen = dataSet.orElseGet(() -> matching(model));
            LabeledData test = chosen.load(folder).test();
            Checks.fits("evaluate", model, test.x());
            model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
            Map<String, Double> measured = model.evaluate(test.x(), test.y(), batchSize);
            terminal.out().println("data:    " + chosen.label() + ", " + test.samples() + " test samples");
            terminal.out().println(Checks.lossLine(measured));
            terminal.out().println(Checks.accuracyLine(measured));
        }
        return 0;
    }

    private static DataSet matching(Model model) {
        Shape shape = model.builtFor().get(0).shape();
        return shape.rank() == 3 && shape.size(1) == 28 ? DataSet.FASHION_MNIST : DataSet.DIGITS;
    }
}
