package dev.lamina.cli.bench;

import com.google.gson.JsonObject;
import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
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
    private final PrintStream out;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--case",
            paramLabel = "NAME",
            description =
                    "One of mlp-b128, mlp-b32, mlp-wide, cnn-b64, tiny-b64, predict-1, predict-b128, predict-cnn-b64, or several,"
                            + " each with its --case; all, if not given.")
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

    @Option(names = "--json", description = "Prints one JSON object a line.")
    private boolean json;

    /** @param out where the results go */
    public BenchCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (threads < 1 || repeats < 1 || !(seconds > 0) || !(warmup >= 0) || !(gate >= 0)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "expected --threads and --repeats of at least 1, --seconds above 0, --warmup and --gate of at least"
                            + " 0; received " + threads + ", " + repeats + ", " + seconds + ", " + warmup + ", "
                            + gate);
        }
        // Read when the backend is first used, so it must be set before.
        System.setProperty("dev.lamina.cpu.threads", String.valueOf(threads));
        Backend device = Backends.use(backend);
        List<BenchCase> cases = names.isEmpty()
                ? BenchCase.ALL
                : names.stream().map(BenchCase::of).toList();
        for (int i = 0; i < cases.size(); i++) {
            measure(cases.get(i), device, i == 0);
        }
        return 0;
    }

    private void measure(BenchCase one, Backend device, boolean first) throws InterruptedException {
        Measurement.Length length = new Measurement.Length(repeats, seconds, warmup, gate);
        BenchData data = new BenchData(one);
        try (BenchWork work = new BenchWork(one, data)) {
            Measurement.Result result = new Measurement(one, data, work).run(length);
            out.println(json ? toJson(one, device, result, first) : toLine(one, result));
        }
    }

    private static String toLine(BenchCase one, Measurement.Result result) {
        return String.format(
                Locale.ROOT,
                "%-16s %,13.0f samples/s (%,.0f to %,.0f), step %.4f ms, 99%% %.4f ms, %.2f cores",
                one.name(),
                result.median(),
                result.rates()[0],
                result.rates()[result.rates().length - 1],
                result.latency(0.5),
                result.latency(0.99),
                result.cores());
    }

    private JsonObject toJson(BenchCase one, Backend device, Measurement.Result result, boolean first) {
        JsonObject line = new JsonObject();
        line.addProperty("peer", "lamina");
        line.addProperty("version", device.name());
        line.addProperty("case", one.name());
        line.addProperty("threads", threads);
        line.addProperty("samples_per_s", rounded(result.median(), 1));
        line.addProperty("samples_per_s_min", rounded(result.rates()[0], 1));
        line.addProperty("samples_per_s_max", rounded(result.rates()[result.rates().length - 1], 1));
        line.addProperty("repeats", repeats);
        line.addProperty("seconds", seconds);
        line.addProperty("p50_ms", rounded(result.latency(0.5), 4));
        line.addProperty("p99_ms", rounded(result.latency(0.99), 4));
        result.losses().ifPresent(losses -> {
            line.addProperty("loss_first", rounded(losses[0], 4));
            line.addProperty("loss_last", rounded(losses[1], 4));
        });
        if (first) {
            // The time since the process began: of a later case it would hold the cases before.
            line.addProperty("startup_ms", result.startupMillis());
        }
        line.addProperty("cores_used", rounded(result.cores(), 2));
        line.addProperty("foreign_cores_max", rounded(result.foreignCores(), 2));
        line.addProperty("rss_mb", ProcessorLoad.peakMemory());
        line.addProperty("java", System.getProperty("java.version"));
        return line;
    }

    private static double rounded(double value, int digits) {
        double unit = Math.pow(10, digits);
        return Math.rint(value * unit) / unit;
    }
}
