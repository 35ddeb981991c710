package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lines that {@code lamina bench --json} prints; bench/peers/README.md is their contract. */
class BenchTest {
    @Test
    void aCaseAloneSaysAllOfTheContract() {
        assertThat(run("--case", "tiny-b64"))
                .singleElement()
                .satisfies(line -> assertThat(line.keySet())
                        .containsExactly(
                                "peer",
                                "version",
                                "case",
                                "threads",
                                "samples_per_s",
                                "samples_per_s_min",
                                "samples_per_s_max",
                                "repeats",
                                "seconds",
                                "p50_ms",
                                "p99_ms",
                                "loss_first",
                                "loss_last",
                                "startup_ms",
                                "cores_used",
                                "foreign_cores_max",
                                "rss_mb",
                                "java"));
    }

    /** It is the time since the process began, which says nothing of a later case. */
    @Test
    void onlyTheFirstOfSeveralCasesHasAStartupTime() {
        List<JsonObject> lines = run("--case", "tiny-b64", "--case", "predict-1");
        assertThat(lines)
                .extracting(line -> line.get("case").getAsString(), line -> line.has("startup_ms"))
                .containsExactly(tuple("tiny-b64", true), tuple("predict-1", false));
    }

    private static List<JsonObject> run(String... cases) {
        List<Object> arguments = new ArrayList<>(
                List.of("bench", "--json", "--repeats", 1, "--seconds", 0.01, "--warmup", 0, "--gate", 0));
        arguments.addAll(List.of(cases));
        Run run = Run.of(arguments.toArray());
        assertThat(run.exitCode()).as("%s", run.err()).isZero();
        return run.out().stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }
}
