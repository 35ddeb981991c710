package dev.lamina.cli;

import dev.lamina.data.NpyFormat;
import dev.lamina.models.Model;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Computes a saved model's outputs for the samples of an NPY file. */
@Command(
        name = "predict",
        description = "Computes a saved model's outputs for the samples of a NumPy file (.npy), scaled as in training: "
                + "pixels from 0 to 1.")
final class PredictCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The saved model.")
    private Path file = Path.of("");

    @Option(
            names = "--input",
            required = true,
            paramLabel = "X.npy",
            description = "The samples, along the first axis.")
    private Path input = Path.of("");

    @Option(names = "--output", required = true, paramLabel = "Y.npy", description = "Where the outputs go.")
    private Path output = Path.of("");

    @Option(names = "--batch-size", paramLabel = "N", description = "Samples a step; 128.")
    private int batchSize = 128;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            converter = BackendChoice.Converter.class,
            description = "auto, cpu or cuda.")
    private BackendChoice backend = BackendChoice.AUTO;

    PredictCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Checks.positive(spec, "--batch-size", batchSize);
        Checks.writable(spec, "--output", output);
        backend.use();
        HostArray x = NpyFormat.read(input);
        try (Model model = Model.load(file, false)) {
            Checks.fits("predict", model, x);
            DType expected = model.builtFor().get(0).dtype();
            if (expected.isFloating() && !x.dtype().isFloating()) {
                throw new IllegalArgumentException("[predict] expected samples of " + expected
                        + ", scaled as in training; " + "received " + x.spec() + " in " + input
                        + ". For pixels: numpy.save(file, (x / 255).astype('float32')).");
            }
            HostArray y = model.predict(expected.isFloating() ? x.cast(expected) : x, batchSize);
            NpyFormat.write(output, y.dtype() == DType.BFLOAT16 ? y.cast(DType.FLOAT32) : y);
            terminal.out().println("wrote " + output + ", " + y.spec());
        }
        return 0;
    }
}
