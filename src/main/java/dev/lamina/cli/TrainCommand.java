package dev.lamina.cli;

import dev.lamina.backend.Backend;
import dev.lamina.callbacks.ProgressBar;
import dev.lamina.data.TrainTestData;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.History;
import dev.lamina.models.HistoryPlot;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains a classifier of images and measures it on the test samples. */
@Command(
        name = "train",
        description = "Trains a classifier on the digits (the default) or on Fashion-MNIST, with Adam. "
                + "The last line says the accuracy on the test samples.")
final class TrainCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "DATA",
            converter = DataSet.Converter.class,
            description = "digits or fashion-mnist.")
    private DataSet dataSet = DataSet.DIGITS;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            converter = Architecture.Converter.class,
            description = "mlp (the default) or cnn.")
    private Architecture architecture = Architecture.MLP;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the data; 30 for digits, 5 for fashion-mnist.")
    private Optional<Integer> epochs = Optional.empty();

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Samples a step; 32 for digits, 128 for fashion-mnist.")
    private Optional<Integer> batchSize = Optional.empty();

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "Adam's learning rate; 0.001.")
    private double learningRate = 0.001;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            converter = BackendChoice.Converter.class,
            description = "auto, cpu or cuda.")
    private BackendChoice backend = BackendChoice.AUTO;

    @Option(names = "--seed", paramLabel = "N", description = "Makes the run repeatable.")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--save", paramLabel = "FILE", description = "Writes the trained model.")
    private Optional<Path> save = Optional.empty();

    @Option(names = "--plot", paramLabel = "FILE", description = "Draws loss and accuracy of each epoch to a .png.")
    private Optional<Path> plot = Optional.empty();

    @Option(names = "--data", paramLabel = "FOLDER", description = "Where the files of fashion-mnist are.")
    private Optional<Path> folder = Optional.empty();

    @Option(names = "--run-eagerly", description = "Runs op by op instead of compiled steps: slower, for debugging.")
    private boolean runEagerly;

    TrainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        int epochCount = epochs.orElse(dataSet.epochs());
        int batch = batchSize.orElse(dataSet.batchSize());
        Checks.positive(spec, "--epochs", epochCount);
        Checks.positive(spec, "--batch-size", batch);
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new ParameterException(
                    spec.commandLine(), "expected a --learning-rate above 0; received " + learningRate);
        }
        save.ifPresent(file -> Checks.writable(spec, "--save", file));
        plot.ifPresent(file -> Checks.writable(spec, "--plot", file));
        Backend device = backend.use();
        seed.ifPresent(SeedGenerator::setGlobalSeed);
        TrainTestData data = dataSet.load(folder);
        TensorSpec input = data.train().x().spec();
        Shape sample = input.shape().drop(0);
        try (Sequential model =
                architecture.create(dataSet, sample, data.classNames().size())) {
            model.computeOutputSpecs(List.of(new TensorSpec(sample.prepend(Shape.UNKNOWN), input.dtype())));
            describe(data, architecture, model, device);
            History history = train(model, data, epochCount, batch);
            Map<String, Double> measured =
                    model.evaluate(data.test().x(), data.test().y(), Math.max(batch, 128));
            save.ifPresent(file -> {
                model.save(file);
                terminal.out().println("saved " + file);
            });
            plot.ifPresent(file -> {
                HistoryPlot.save(history, file);
                terminal.out().println("plotted " + file);
            });
            terminal.out().println(Checks.lossLine(measured));
            terminal.out().println(Checks.accuracyLine(measured));
        }
        return 0;
    }

    private void describe(TrainTestData data, Architecture architecture, Sequential model, Backend device) {
        terminal.out()
                .println("data:    " + dataSet.label() + ", " + data.train().samples() + " training and "
                        + data.test().samples() + " test samples of shape "
                        + data.train().x().shape().drop(0));
        terminal.out()
                .println(String.format(
                        Locale.ROOT, "model:   %s, %,d parameters", architecture.label(), model.countParams()));
        terminal.out().println("backend: " + BackendChoice.describe(device));
    }

    private History train(Sequential model, TrainTestData data, int epochCount, int batch) {
        model.compile(CompileOptions.with(new Adam(learningRate))
                .loss("sparse_categorical_crossentropy")
                .metric("accuracy")
                .runEagerly(runEagerly));
        long start = System.nanoTime();
        History history = model.fit(
                data.train().x(),
                data.train().y(),
                FitOptions.epochs(epochCount)
                        .batchSize(batch)
                        .verbose(false)
                        .callback(new ProgressBar(terminal.out(), terminal.interactive())));
        terminal.out().println(String.format(Locale.ROOT, "trained in %.1f s", (System.nanoTime() - start) / 1e9));
        return history;
    }
}
