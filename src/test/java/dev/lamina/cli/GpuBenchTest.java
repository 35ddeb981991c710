package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases of {@code lamina bench} that say something about a GPU, with small sizes; bench/gpu/README.md has them. */
class GpuBenchTest {
    private static final int SHRINK = 128;

    static List<JsonObject> run(Object... more) {
        List<Object> arguments = new ArrayList<>(
                List.of("bench", "--json", "--repeats", 1, "--seconds", 0.001, "--warmup", 0, "--gate", 0));
        arguments.addAll(List.of(more));
        Run run = Run.of(arguments.toArray());
        assertThat(run.exitCode()).as("%s", run.err()).isZero();
        return run.out().stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();
    }

    private static List<String> names(List<JsonObject> lines) {
        return lines.stream().map(line -> line.get("case").getAsString()).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "copy | 512x32 float32",
                "relu | 512x32 float32",
                "softmax | 512x32 float32",
                "layer-norm | 512x32 float32",
                "adam-100m | 25 of 15x15 float32",
                "gemm-bf16 | 64x32x32 bfloat16",
                "gemm-bias-relu-bf16 | 64x32x32 bfloat16",
                "eager-ops | 7 ops a step, 16 float32",
                "mlp-4096-bf16 | 64 samples, [32, 32, 32, 32, 32], mixed_bfloat16",
                "cnn-b256-bf16 | 2 samples, [784, 10], mixed_bfloat16"
            })
    void aCaseOfStepsSaysItsSizes(String name, String size) {
        JsonObject line = run("--case", name, "--shrink", SHRINK).getLast();
        assertThat(line.get("case").getAsString()).isEqualTo(name);
        assertThat(line.get("size").getAsString()).isEqualTo(size);
        assertThat(line.get("shrunk_by").getAsInt()).isEqualTo(SHRINK);
        assertThat(line.get("step_us").getAsDouble()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"copy, 8", "relu, 8", "softmax, 8", "layer-norm, 8", "adam-100m, 28"})
    void whatWaitsForMemorySaysHowMuchItMoves(String name, double bytes) {
        JsonObject line = run("--case", name, "--shrink", SHRINK).getLast();
        // What is printed of the rates is rounded to tenths.
        double rate = line.get("samples_per_s").getAsDouble();
        assertThat(Math.abs(line.get("gb_per_s").getAsDouble() - rate * bytes / 1e9))
                .isLessThan(0.06);
    }

    @ParameterizedTest
    @CsvSource({
        "relu, copy",
        "softmax, copy",
        "layer-norm, copy",
        "adam-100m, copy",
        "gemm-bias-relu-bf16, gemm-bf16",
        "fit-u8-stream, fit-u8"
    })
    void theCaseThatItIsComparedWithComesBefore(String name, String reference) {
        List<JsonObject> lines = run("--case", name, "--shrink", 400);
        assertThat(names(lines)).containsExactly(reference, name);
        assertThat(lines.getFirst().has("percent_of_reference")).isFalse();
        assertThat(lines.getLast().get("reference").getAsString()).isEqualTo(reference);
        double percent = 100 * speed(lines.getLast()) / speed(lines.getFirst());
        // What is printed is rounded to tenths.
        assertThat(Math.abs(lines.getLast().get("percent_of_reference").getAsDouble() - percent))
                .isLessThan(0.06 + 1e-3 * percent);
    }

    private static double speed(JsonObject line) {
        double bytes = line.get("case").getAsString().equals("adam-100m") ? 28 : 8;
        return line.get("samples_per_s").getAsDouble() * (line.has("gb_per_s") ? bytes : 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fit-tiny | float32 (256, 8), batches of 32",
                "fit-tiny-graph | float32 (256, 8), batches of 32",
                "fit-mlp-b128 | float32 (128, 784), batches of 128",
                "fit-u8 | uint8 (128, 784), batches of 128"
            })
    void aTrainingSaysHowLongAnEpochIsAndHowItIsRun(String name, String size) {
        JsonObject line = run("--case", name, "--shrink", 512).getLast();
        assertThat(line.get("size").getAsString()).isEqualTo(size);
        assertThat(line.get("execution").getAsString()).isEqualTo("one op after the other");
        assertThat(line.get("epoch_ms").getAsDouble()).isPositive();
        assertThat(line.get("loss_last").getAsDouble())
                .isLessThan(line.get("loss_first").getAsDouble());
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.lamina.cuda.tiny", "dev.lamina.residentBytes"})
    void aSettingOfOneCaseIsUndoneAfterIt(String property) {
        assertThat(run("--case", "fit-tiny-graph", "--case", "fit-u8-stream", "--shrink", 600))
                .filteredOn(line -> line.has("setting"))
                .extracting(line -> line.get("setting").getAsString())
                .containsExactly("dev.lamina.cuda.tiny=off", "dev.lamina.residentBytes=0");
        assertThat(System.getProperty(property)).isNull();
    }

    @Test
    void thePeersCasesAreMeasuredAsTheyAre() {
        assertThat(run("--case", "tiny-b64", "--shrink", SHRINK).getFirst().keySet())
                .doesNotContain("shrunk_by", "size", "step_us");
    }

    @Test
    void anUnknownCaseListsTheKnownOnes() {
        Run run = Run.of("bench", "--case", "tiny");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .containsExactly("lamina: [bench] expected one of mlp-b128, mlp-b32, mlp-wide, cnn-b64, tiny-b64, "
                        + "predict-1, predict-b128, predict-cnn-b64, gemm-bf16, gemm-bias-relu-bf16, copy, relu, softmax, "
                        + "layer-norm, adam-100m, eager-ops, fit-tiny, fit-tiny-graph, fit-mlp-b128, mlp-4096-bf16, "
                        + "cnn-b256-bf16, fit-u8, fit-u8-stream, gpu or all; received \"tiny\".");
    }

    @Test
    void theHelpNamesAllOfThem() {
        String help = Run.of("bench", "--help").all();
        List<String> known = names(run("--case", "gpu", "--shrink", 2000));
        assertThat(known).hasSize(15);
        known.forEach(name -> assertThat(help).contains(name));
    }
}
