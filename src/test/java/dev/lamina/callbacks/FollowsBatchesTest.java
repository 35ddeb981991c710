package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which callbacks want to be told of batches; where none does, many steps are one execution. */
final class FollowsBatchesTest {
    private static final PrintStream OUT = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);

    private abstract static class Followed implements Callback {
        @Override
        public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
            training.stopTraining();
        }
    }

    private static final class Inherited extends Followed {}

    private static Callback ofEpochs() {
        return new Callback() {
            @Override
            public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
                training.stopTraining();
            }
        };
    }

    @Test
    void oneWithAHookOfItsOwn() {
        assertThat(new Callback() {}.followsBatches()).isFalse();
        assertThat(ofEpochs().followsBatches()).isFalse();
        assertThat(new Inherited().followsBatches()).isTrue();
        assertThat(
                        new Callback() {
                            @Override
                            public void onTestBatchBegin(int step) {
                                OUT.println(step);
                            }
                        }.followsBatches())
                .isTrue();
    }

    @Test
    void thoseThatMayWork() {
        assertThat(new TerminateOnNaN().followsBatches()).isTrue();
        assertThat(new ProgressBar(OUT, true).followsBatches()).isTrue();
        assertThat(new ProgressBar(OUT, false).followsBatches()).isFalse();
        Path folder = Path.of("folder");
        assertThat(new BackupAndRestore(folder).followsBatches()).isFalse();
        assertThat(new BackupAndRestore(folder, 3, true).followsBatches()).isTrue();
        assertThat(new TensorBoard(folder, 0).followsBatches()).isFalse();
        assertThat(new TensorBoard(folder, 2).followsBatches()).isTrue();
        assertThat(ModelCheckpoint.to("file").build().followsBatches()).isFalse();
        assertThat(LambdaCallback.of().onEpochBegin(epoch -> {}).build().followsBatches())
                .isFalse();
        assertThat(LambdaCallback.of().onTrainBatchBegin(step -> {}).build().followsBatches())
                .isTrue();
    }

    @Test
    void theLeastNumberOfStepsCounts() {
        Callback patient = new Callback() {
            @Override
            public boolean followsBatches() {
                return true;
            }

            @Override
            public int stepsPerExecution() {
                return 16;
            }
        };
        assertThat(new CallbackList(List.of(ofEpochs())).stepsPerExecution()).isEqualTo(Integer.MAX_VALUE);
        assertThat(new CallbackList(List.of(ofEpochs(), patient)).stepsPerExecution())
                .isEqualTo(16);
        assertThat(new CallbackList(List.of(patient, new Inherited())).stepsPerExecution())
                .isEqualTo(1);
    }

    @Test
    void aListFollowsIfOneDoes() {
        assertThat(new CallbackList(List.of()).followsBatches()).isFalse();
        assertThat(new CallbackList(List.of(ofEpochs())).followsBatches()).isFalse();
        assertThat(new CallbackList(List.of(ofEpochs(), new Inherited())).followsBatches())
                .isTrue();
    }
}
