package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Memory with huge pages. */
@EnabledOnOs(OS.LINUX)
final class MappedMemoryTest {
    private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage");

    private final MappedMemory mapped = MappedMemory.make().orElseThrow();

    private record Taken(Arena arena, MemorySegment memory) {}

    /** Each test closes the arena when it says so. */
    @SuppressWarnings("MustBeClosedChecker")
    private Taken take(long bytes) {
        Arena arena = Arena.ofShared();
        return new Taken(arena, mapped.take(arena, bytes).orElseThrow());
    }

    @Test
    void asksForHugePages() throws IOException {
        assumeTrue(Files.exists(HUGE_PAGES), "this kernel has no transparent huge pages");
        Taken taken = take(4 * MappedMemory.PAGE);
        assertThat(flags(taken.memory.address())).contains("hg");
        taken.arena.close();
    }

    /** The flags of the mapping that an address belongs to. */
    private static List<String> flags(long address) throws IOException {
        boolean here = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                long begin = Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16);
                long end = Long.parseUnsignedLong(line.substring(line.indexOf('-') + 1, line.indexOf(' ')), 16);
                here = begin <= address && address < end;
            } else if (here && line.startsWith("VmFlags:")) {
                return List.of(line.substring("VmFlags:".length()).strip().split(" "));
            }
        }
        return List.of();
    }

    @Test
    void takesNothingTwice() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Taken> held = new ArrayList<>();
        for (int round = 0; round < 400; round++) {
            if (!held.isEmpty() && random.nextInt(5) < 2) {
                Taken freed = held.remove(random.nextInt(held.size()));
                assertWhole(freed, seed);
                freed.arena.close();
            } else {
                Taken taken = take(64L * (1 + random.nextInt(1 << 12)));
                assertThat(taken.memory.address() % 64).isZero();
                long mark = taken.memory.address();
                for (long at = 0; at < taken.memory.byteSize(); at += 64) {
                    taken.memory.set(ValueLayout.JAVA_LONG, at, mark);
                }
                held.add(taken);
            }
        }
        for (Taken taken : held) {
            assertWhole(taken, seed);
            taken.arena.close();
        }
    }

    private static void assertWhole(Taken taken, long seed) {
        for (long at = 0; at < taken.memory.byteSize(); at += 64) {
            assertThat(taken.memory.get(ValueLayout.JAVA_LONG, at))
                    .as("seed %d", seed)
                    .isEqualTo(taken.memory.address());
        }
    }

    @Test
    void takesFreedMemoryAgain() {
        Taken first = take(640);
        Taken second = take(64);
        long begin = first.memory.address();
        assertThat(second.memory.address()).isEqualTo(begin + 640);
        first.arena.close();
        Taken smaller = take(128);
        assertThat(smaller.memory.address()).isEqualTo(begin);
        second.arena.close();
        Taken joined = take(640 - 128 + 64);
        assertThat(joined.memory.address()).isEqualTo(begin + 128);
        smaller.arena.close();
        joined.arena.close();
    }

    /** A page that the system got back is empty when it comes again. */
    @Test
    void givesWholePagesBack() {
        Taken first = take(MappedMemory.PAGE / 2);
        Taken second = take(2 * MappedMemory.PAGE);
        long begin = first.memory.address();
        first.memory.set(ValueLayout.JAVA_INT, 0, 1);
        second.memory.set(ValueLayout.JAVA_INT, 0, 2);
        second.memory.set(ValueLayout.JAVA_INT, MappedMemory.PAGE, 3);
        second.arena.close();
        first.arena.close();
        Taken again = take(3 * MappedMemory.PAGE);
        assertThat(again.memory.address()).isEqualTo(begin);
        assertThat(again.memory.get(ValueLayout.JAVA_INT, 0)).isZero();
        assertThat(again.memory.get(ValueLayout.JAVA_INT, MappedMemory.PAGE / 2))
                .isZero();
        assertThat(again.memory.get(ValueLayout.JAVA_INT, MappedMemory.PAGE / 2 + MappedMemory.PAGE))
                .isZero();
        again.arena.close();
    }

    @Test
    void keepsWhatLiesInThePageOfFreedMemory() {
        Taken first = take(MappedMemory.PAGE / 2);
        Taken second = take(MappedMemory.PAGE);
        Taken third = take(MappedMemory.PAGE / 2);
        first.memory.fill((byte) 1);
        third.memory.fill((byte) 3);
        second.arena.close();
        assertThat(first.memory.get(ValueLayout.JAVA_BYTE, first.memory.byteSize() - 1))
                .isEqualTo((byte) 1);
        assertThat(third.memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 3);
        first.arena.close();
        third.arena.close();
    }

    @Test
    void takesMoreThanOneMapping() {
        Taken small = take(64);
        Taken large = take(100L << 20);
        large.memory.set(ValueLayout.JAVA_BYTE, (100L << 20) - 1, (byte) 1);
        assertThat(Math.abs(large.memory.address() - small.memory.address())).isGreaterThanOrEqualTo(64);
        small.arena.close();
        large.arena.close();
    }

    @Test
    void refusesWhatTheSystemRefuses() {
        try (Arena arena = Arena.ofShared()) {
            assertThat(mapped.take(arena, 1L << 50)).isEmpty();
        }
    }
}
