package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.lamina.tensor.HostArray;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a recorded launch holds; native/launch-replay/test.sh tests who reads it. */
@ExtendWith(SimulatedDevice.class)
class LaunchRecorderCudaTest {
    private static final int BYTES = 64 * 64 * Float.BYTES;

    @TempDir
    private Path folder;

    @BeforeEach
    void simulated() {
        SimulatedDevice.assumeSimulated();
    }

    /** {@link LifecycleMain} launches one kernel, relu of 64 x 64 numbers. */
    @Test
    void aLaunchIsWrittenWithItsParametersItsBlocksAndWhoPointsWhere() throws Exception {
        Path file = folder.resolve("launches");
        record(file, 2 * BYTES);
        ByteBuffer record = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(record.getInt()).isEqualTo(0x484E434C);
        assertThat(new String(bytes(record), StandardCharsets.US_ASCII)).isEqualTo("relu_f32");
        assertThat(ints(record, 3)).as("grid, block and shared memory").containsExactly(4, 256, 0);
        assertThat(ints(record, 4)).as("parameters' sizes").containsExactly(3, 8, 8, 8);
        assertThat(record.getInt()).as("parameters and blocks").isEqualTo(3);
        byte[] parameters = bytes(record);
        assertThat(ByteBuffer.wrap(parameters).order(ByteOrder.LITTLE_ENDIAN).getLong(16))
                .as("the number of elements")
                .isEqualTo(64 * 64);
        byte[] x = bytes(record);
        byte[] y = bytes(record);
        HostArray expected = CudaTests.random(1, 64, 64);
        assertThat(MemorySegment.ofArray(x).mismatch(expected.data().asSlice(0, BYTES)))
                .isEqualTo(-1);
        assertThat(y).as("not written yet").hasSize(BYTES).containsOnly(0xFF);
        assertThat(record.getInt()).as("links").isEqualTo(2);
        for (int i = 0; i < 2; i++) {
            assertThat(record.getInt()).as("in the parameters").isZero();
            assertThat(record.getLong()).as("at").isEqualTo(8L * i);
            assertThat(record.getInt()).as("to the block").isEqualTo(i + 1);
            assertThat(record.getLong()).as("from its begin").isZero();
        }
        assertThat(record.hasRemaining()).as("a second record").isFalse();
    }

    @Test
    void aLaunchThatReachesMoreThanTheLimitIsNotWrittenAndIsTold() throws Exception {
        Path file = folder.resolve("launches");
        List<String> lines = record(file, 2 * BYTES - 1);
        assertThat(file).isEmptyFile();
        assertThat(lines)
                .filteredOn(line -> line.contains("Not recorded"))
                .singleElement(STRING)
                .endsWith(
                        "Not recorded: relu_f32, and every other launch that reaches more than 32767 bytes of device memory;"
                                + " this one reaches 32768 or more. -Ddev.lamina.cuda.recordLimit=BYTES raises the limit.");
    }

    private static List<String> record(Path file, int limit) throws Exception {
        return ChildProcess.start(
                        LifecycleMain.class,
                        List.of(
                                "-Dlamina.simulated=" + SimulatedDevice.folder().orElseThrow(),
                                "-Ddev.lamina.cuda.cache=off",
                                "-Ddev.lamina.cuda.recordLimit=" + limit,
                                "-Ddev.lamina.cuda.record=" + file),
                        Map.of())
                .lines();
    }

    private static byte[] bytes(ByteBuffer record) {
        byte[] bytes = new byte[record.getInt()];
        record.get(bytes);
        return bytes;
    }

    private static int[] ints(ByteBuffer record, int count) {
        byte[] bytes = new byte[count * Integer.BYTES];
        record.get(bytes);
        return MemorySegment.ofArray(bytes).toArray(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    }
}
