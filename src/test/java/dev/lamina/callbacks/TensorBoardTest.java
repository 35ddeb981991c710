package dev.lamina.callbacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The event files for TensorBoard, read back record by record. */
final class TensorBoardTest {
    private final FakeTraining training = new FakeTraining();

    @TempDir
    private Path folder;

    /** The masked CRC32C of the bytes 0 to 31, of RFC 3720's test vectors: 0x46dd794e rotated and shifted. */
    @Test
    void theMaskedChecksum() {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 32; i++) {
            bytes[i] = (byte) i;
        }
        int rotated = 0x46dd794e >>> 15 | 0x46dd794e << 17;
        assertThat(EventFile.maskedCrc(bytes)).isEqualTo(rotated + 0xa282ead8);
    }

    @Test
    void epochsAndEvaluations() throws IOException {
        training.iterations = 300;
        TensorBoard board = new TensorBoard(folder);
        board.onTrainBegin(new Callback.Plan(2, 0, OptionalInt.of(1), OptionalInt.of(4)), training);
        for (int epoch = 0; epoch < 2; epoch++) {
            board.onEpochBegin(epoch, training);
            board.onTrainBatchEnd(0, Logs.of(Map.of("loss", 9.0)), training);
            board.onTestEnd(Logs.of(Map.of("loss", 0.75)));
            board.onEpochEnd(epoch, Logs.of(Map.of("loss", 0.5 + epoch, "val_loss", 0.75)), training);
        }
        board.onTrainEnd(Logs.of(Map.of()), training);

        assertThat(events("train"))
                .containsExactlyInAnyOrder(
                        "epoch_loss 0 0.5",
                        "epoch_learning_rate 0 0.1",
                        "epoch_loss 1 1.5",
                        "epoch_learning_rate 1 0.1");
        assertThat(events("validation"))
                .containsExactly(
                        "evaluation_loss_vs_iterations 300 0.75",
                        "epoch_loss 0 0.75",
                        "evaluation_loss_vs_iterations 300 0.75",
                        "epoch_loss 1 0.75");
    }

    @Test
    void batches() throws IOException {
        TensorBoard board = new TensorBoard(folder, 2);
        board.onTrainBegin(new Callback.Plan(2, 0, OptionalInt.of(3), OptionalInt.of(4)), training);
        for (int epoch = 0; epoch < 2; epoch++) {
            board.onEpochBegin(epoch, training);
            for (int step = 0; step < 3; step++) {
                board.onTrainBatchEnd(step, Logs.of(Map.of("loss", 10.0 * epoch + step)), training);
            }
        }
        board.onTrainFailure(new IllegalStateException());

        assertThat(events("train")).containsExactly("batch_loss 2 1.0", "batch_loss 4 10.0", "batch_loss 6 12.0");
    }

    /** {@code tag step value} of each event of the only file in a folder; checks what surrounds them. */
    private List<String> events(String part) throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(folder.resolve(part))) {
            files = list.toList();
        }
        assertThat(files).hasSize(1);
        assertThat(files.get(0).getFileName().toString()).matches("events\\.out\\.tfevents\\.\\d{10}\\..+");
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(files.get(0))).order(ByteOrder.LITTLE_ENDIAN);
        List<String> events = new ArrayList<>();
        boolean first = true;
        while (in.hasRemaining()) {
            byte[] length = take(in, 8);
            assertThat(in.getInt()).isEqualTo(EventFile.maskedCrc(length));
            byte[] data = take(in, (int)
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            assertThat(in.getInt()).isEqualTo(EventFile.maskedCrc(data));
            ByteBuffer event = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(event.get()).as("wall_time").isEqualTo((byte) (1 << 3 | 1));
            assertThat(event.getDouble()).isBetween(1.7e9, 1e10);
            if (first) {
                assertThat(event.get()).as("file_version").isEqualTo((byte) (3 << 3 | 2));
                assertThat(text(event)).isEqualTo("brain.Event:2");
                first = false;
            } else {
                events.add(scalar(event));
            }
            assertThat(event.hasRemaining()).isFalse();
        }
        return events;
    }

    private static String scalar(ByteBuffer event) {
        assertThat(event.get()).as("step").isEqualTo((byte) (2 << 3));
        long step = varint(event);
        assertThat(event.get()).as("summary").isEqualTo((byte) (5 << 3 | 2));
        assertThat(varint(event)).isEqualTo(event.remaining());
        assertThat(event.get()).as("value").isEqualTo((byte) (1 << 3 | 2));
        assertThat(varint(event)).isEqualTo(event.remaining());
        assertThat(event.get()).as("tag").isEqualTo((byte) (1 << 3 | 2));
        String tag = text(event);
        assertThat(event.get()).as("simple_value").isEqualTo((byte) (2 << 3 | 5));
        return tag + " " + step + " " + event.getFloat();
    }

    private static String text(ByteBuffer in) {
        return new String(take(in, (int) varint(in)), StandardCharsets.UTF_8);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }
}
