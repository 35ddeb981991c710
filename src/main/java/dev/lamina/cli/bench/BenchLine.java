package dev.lamina.cli.bench;

import com.google.gson.JsonObject;
import dev.lamina.errors.LaminaException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is printed of a case; bench/peers/README.md is the contract of all lines, bench/gpu/README.md says what those of
 * the other cases hold beside it.
 */
final class BenchLine {
    private final String device;
    private final int threads;
    private final Measurement.Length length;

    /** By a case's name, what others are compared with: its bytes a second, or its samples. */
    private final Map<String, Double> known = new HashMap<>();

    private JsonObject line = new JsonObject();
    private String text = "";

    BenchLine(String device, int threads, Measurement.Length length) {
        this.device = device;
        this.threads = threads;
        this.length = length;
    }

    /** The case that was measured last. */
    void add(BenchCase one, BenchSizes sizes, Work work, Measurement.Result result) {
        boolean first = known.isEmpty();
        double speed = result.median() * (work.bytes() > 0 ? work.bytes() : 1);
        known.put(one.name(), speed);
        Optional<Double> percent = one.reference().map(known::get).map(other -> 100 * speed / other);
        line = contract(one, result, first);
        if (!one.isOfPeers()) {
            rest(sizes, work, result.median());
            percent.ifPresent(value -> {
                line.addProperty("reference", one.reference().orElseThrow());
                line.addProperty("percent_of_reference", rounded(value, 1));
            });
        }
        text = text(one, result)
                + percent.map(value -> String.format(
                                Locale.ROOT,
                                ", %.1f%% of %s",
                                value,
                                one.reference().orElseThrow()))
                        .orElse("");
    }

    /** A case that could not be measured, and why. */
    void add(BenchCase one, LaminaException error) {
        line = head(one);
        line.addProperty("error", error.getMessage());
        text = one.name() + ": " + error.getMessage();
    }

    /** As one JSON object. */
    String json() {
        return line.toString();
    }

    String text() {
        return text;
    }

    private static String text(BenchCase one, Measurement.Result result) {
        return String.format(
                Locale.ROOT,
                "%-19s %,15.0f samples/s (%,.0f to %,.0f), step %.4f ms, 99%% %.4f ms, %.2f cores",
                one.name(),
                result.median(),
                result.rates()[0],
                result.rates()[result.rates().length - 1],
                result.latency(0.5),
                result.latency(0.99),
                result.cores());
    }

    private JsonObject head(BenchCase one) {
        JsonObject of = new JsonObject();
        of.addProperty("peer", "lamina");
        of.addProperty("version", device);
        of.addProperty("case", one.name());
        of.addProperty("threads", threads);
        return of;
    }

    private JsonObject contract(BenchCase one, Measurement.Result result, boolean first) {
        JsonObject of = head(one);
        of.addProperty("samples_per_s", rounded(result.median(), 1));
        of.addProperty("samples_per_s_min", rounded(result.rates()[0], 1));
        of.addProperty("samples_per_s_max", rounded(result.rates()[result.rates().length - 1], 1));
        of.addProperty("repeats", length.repeats());
        of.addProperty("seconds", length.seconds());
        of.addProperty("p50_ms", rounded(result.latency(0.5), 4));
        of.addProperty("p99_ms", rounded(result.latency(0.99), 4));
        result.firstLoss().ifPresent(loss -> of.addProperty("loss_first", rounded(loss, 4)));
        result.lastLoss().ifPresent(loss -> of.addProperty("loss_last", rounded(loss, 4)));
        if (first) {
            // The time since the process began: of a later case it would hold the cases before.
            of.addProperty("startup_ms", result.startupMillis());
        }
        of.addProperty("cores_used", rounded(result.cores(), 2));
        of.addProperty("foreign_cores_max", rounded(result.foreignCores(), 2));
        of.addProperty("rss_mb", ProcessorLoad.peakMemory());
        of.addProperty("java", System.getProperty("java.version"));
        return of;
    }

    private void rest(BenchSizes sizes, Work work, double rate) {
        line.addProperty("step_us", rounded(1e6 * work.samples() / rate, 3));
        work.facts().forEach((name, value) -> {
            if (value instanceof Double number) {
                line.addProperty(name, rounded(number, 4));
            } else {
                line.addProperty(name, String.valueOf(value));
            }
        });
        if (sizes.shrink() > 1) {
            line.addProperty("shrunk_by", sizes.shrink());
        }
        if (sizes.isReduced()) {
            line.addProperty("reduced_to_fit_memory", true);
        }
        if (work.bytes() > 0) {
            line.addProperty("gb_per_s", rounded(rate * work.bytes() / 1e9, 1));
        }
    }

    private static double rounded(double value, int digits) {
        double unit = Math.pow(10, digits);
        return Math.rint(value * unit) / unit;
    }
}
