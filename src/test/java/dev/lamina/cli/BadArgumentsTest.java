package dev.lamina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.data.NpyFormat;
import dev.lamina.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadArgumentsTest {
    @TempDir
    Path folder;

    private static void assertRefused(String message, Object... args) {
        Run run = Run.of(args);
        assertThat(run.err()).as(String.join(" ", run.err())).hasSize(1);
        assertThat(run.err().get(0)).startsWith("lamina: ").contains(message);
        assertThat(run.out()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tain|expected a command, one of train, evaluate, predict, inspect, bench, doctor; received 'tain'. Try: lamina --help",
                "--foo|Unknown option: '--foo'. Try: lamina --help",
                "train --foo|Unknown option: '--foo'. Try: lamina train --help",
                "train --epochs|Missing required parameter for option '--epochs'",
                "train --epochs x|Invalid value for option '--epochs': 'x' is not an int",
                "train --epochs 0|expected --epochs of at least 1; received 0",
                "train --epochs 99999999999|Invalid value for option '--epochs'",
                "train --batch-size -1|expected --batch-size of at least 1; received -1",
                "train --learning-rate 0|expected a --learning-rate above 0; received 0.0",
                "train --learning-rate NaN|expected a --learning-rate above 0; received NaN",
                "train --learning-rate fast|Invalid value for option '--learning-rate'",
                "train --seed x|Invalid value for option '--seed'",
                "train --model rnn|expected one of mlp, cnn; received 'rnn'",
                "train --backend tpu|expected one of auto, cpu, cuda; received 'tpu'",
                "train cifar|expected one of digits, fashion-mnist; received 'cifar'",
                "train digits more|'more'",
                "train --data /nowhere|expected --data with fashion-mnist only",
                "train fashion-mnist --data /nowhere|expected a folder after --data; received /nowhere",
                "train --save /nowhere/m|expected a file in a folder that exists after --save",
                "train --save /|expected a file after --save; received the folder /",
                "evaluate|Missing required option: '--model=FILE'. Try: lamina evaluate --help",
                "evaluate --model /nowhere|expected a model file; received /nowhere, which does not exist",
                "inspect|Missing required parameter: 'FILE'. Try: lamina inspect --help",
                "inspect /nowhere|expected a model file; received /nowhere, which does not exist",
                "inspect /|is no regular file",
                "predict --model m|Missing required options: '--input=X.npy', '--output=Y.npy'",
                "predict --model m --input /nowhere --output /nowhere/y|expected a file in a folder that exists after --output"
            })
    void oneLineAndExitCode2(String args, String message) {
        assertRefused(message, (Object[]) args.split(" "));
    }

    @Test
    void filesOfAnotherKind() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "no model");
        Path array = folder.resolve("x.npy");
        NpyFormat.write(array, HostArray.of(new float[] {1, 2}, 1, 2));
        assertRefused("expected a HDF5 file in", "inspect", text);
        assertRefused("expected a HDF5 file in", "evaluate", "--model", text);
        assertRefused("NPY", "predict", "--model", text, "--input", text, "--output", folder.resolve("y.npy"));
        assertRefused(
                "expected a HDF5 file in",
                "predict",
                "--model",
                text,
                "--input",
                array,
                "--output",
                folder.resolve("y.npy"));
        assertThat(folder.resolve("y.npy")).doesNotExist();
    }

    @Test
    void verboseShowsTheStack() {
        Run run = Run.of("inspect", "/nowhere", "--verbose");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().get(0)).startsWith("lamina: [load]");
        assertThat(run.err()).anyMatch(line -> line.contains("at dev.lamina.saving."));
    }

    @ParameterizedTest
    @CsvSource({
        "'',Usage: lamina",
        "train ,Usage: lamina train",
        "evaluate ,Usage: lamina evaluate",
        "predict ,Usage: lamina predict",
        "inspect ,Usage: lamina inspect",
        "doctor ,Usage: lamina doctor"
    })
    void helpAndVersionOnAllLevels(String command, String usage) {
        Object[] help = (command + " --help").strip().split(" +");
        Object[] version = (command + " --version").strip().split(" +");
        assertThat(Run.of(help).exitCode()).isZero();
        assertThat(Run.of(help).out().get(0)).startsWith(usage);
        assertThat(Run.of(version).exitCode()).isZero();
        assertThat(Run.of(version).out())
                .singleElement()
                .asString()
                .startsWith("Lamina ")
                .contains("(Java ");
    }

    @Test
    void noArgumentsShowTheCommands() {
        Run run = Run.of();
        assertThat(run.exitCode()).isZero();
        assertThat(run.all()).contains("Usage: lamina", "train", "evaluate", "predict", "inspect", "bench", "doctor");
    }
}
