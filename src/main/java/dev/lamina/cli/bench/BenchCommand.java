package dev.lamina.cli.bench;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.cli.bench.Measurement.Length;
import dev.lamina.errors.LaminaException;
import java.io.PrintStream;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures training steps and predictions. */
@Command(
        name = "bench",
        description =
                "Measures training steps and predictions: samples a second, the median of several repeats, and the"
                        + " latency of single steps. bench/peers compares them with other libraries.")
public final class BenchCommand implements Callable<Integer> {
    /** The exit code if a case could not be measured. */
    private static final int FAILED = 2;

    private final PrintStream out;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--case",
            paramLabel = "NAME",
            description =
                    "One of mlp-b128, mlp-b32, mlp-wide, cnn-b64, tiny-b64, predict-1, predict-b128, predict-cnn-b64, which are"
                            + " measured if none is given; or, made for a GPU, of gemm-bf16, gemm-bias-relu-bf16, copy, relu,"
                            + " softmax, layer-norm, adam-100m, eager-ops, fit-tiny, fit-tiny-graph, fit-mlp-b128, mlp-4096-bf16,"
                            + " cnn-b256-bf16, fit-u8, fit-u8-stream. gpu is all of the latter, all is all. Several have a --case"
                            + " each.")
    private List<String> names = List.of();

    @Option(names = "--backend", paramLabel = "NAME", description = "auto, cpu (the default) or cuda.")
    private String backend = "cpu";

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the CPU backend; 2.")
    private int threads = 2;

    @Option(names = "--repeats", paramLabel = "N", description = "How often to measure; 5.")
    private int repeats = 5;

    @Option(names = "--seconds", paramLabel = "S", description = "Seconds of each repeat; 3.")
    private double seconds = 3;

    @Option(names = "--warmup", paramLabel = "S", description = "Seconds before the first repeat; 5.")
    private double warmup = 5;

    @Option(names = "--gate", paramLabel = "S", description = "Seconds to wait at most for a quiet machine; 60.")
    private double gate = 60;

    @Option(
            names = "--shrink",
            paramLabel = "N",
            description = "Divides the sizes of the cases that are made for a GPU, to try them where there is none; 1.")
    private int shrink = 1;

    @Option(names = "--json", description = "Prints one JSON object a line.")
    private boolean json;

    /** @param out where the results go */
    public BenchCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (threads < 1 || repeats < 1 || shrink < 1 || !(seconds > 0) || !(warmup >= 0) || !(gate >= 0)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "expected --threads, --repeats and --shrink of at least 1, --seconds above 0, --warmup and --gate of at"
                            + " least 0; received " + threads + ", " + repeats + ", " + shrink + ", " + seconds + ", "
                            + warmup + ", " + gate);
        }
        // Read when the backend is first used, so it must be set before.
        System.setProperty("dev.lamina.cpu.threads", String.valueOf(threads));
        Backend device = Backends.use(backend);
        Length length = new Length(repeats, seconds, warmup, gate);
        BenchLine lines = new BenchLine(device.name(), threads, length);
        boolean failed = false;
        for (BenchCase one : cases()) {
            BenchSizes sizes = new BenchSizes(shrink);
            try (Work work = one.setup().apply(sizes)) {
                Measurement.Result result = new Measurement(work).run(length);
                lines.add(one, sizes, work, result);
            } catch (LaminaException e) {
                // The other cases are worth measuring still.
                lines.add(one, e);
                failed = true;
            }
            out.println(json ? lines.json() : lines.text());
        }
        return failed ? FAILED : 0;
    }

    /** What was asked for, each once, and after the case that it is compared with. */
    private Collection<BenchCase> cases() {
        Collection<BenchCase> cases = new LinkedHashSet<>();
        List<BenchCase> chosen = names.isEmpty()
                ? BenchCase.common()
                : names.stream().flatMap(name -> BenchCase.named(name).stream()).toList();
        for (BenchCase one : chosen) {
            one.reference().ifPresent(name -> cases.addAll(BenchCase.named(name)));
            cases.add(one);
        }
        return cases;
    }
}
