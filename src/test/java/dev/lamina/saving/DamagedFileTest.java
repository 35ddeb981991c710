package dev.lamina.saving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.models.Sequential;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * HDF5 files with changed, missing and moved bytes are read or refused with a {@link ModelFormatException}, in bounded
 * time and memory: {@code -Dlamina.mutations=N} tries more, {@code -Dlamina.mutation.seed=S} others.
 */
final class DamagedFileTest {
    private static final int MUTATIONS = Integer.getInteger("lamina.mutations", 800);
    private static final long SEED = Long.getLong("lamina.mutation.seed", 42L);

    @TempDir
    private Path folder;

    @Test
    void ownFiles() throws IOException {
        Path file = folder.resolve("model.weights.h5");
        try (Sequential model = SmallModels.built(5)) {
            model.save(file);
        }
        mutate(Files.readAllBytes(file));
    }

    /** Files of h5py have other structures: symbol tables, B-trees and heaps. */
    @Test
    void filesOfH5py() throws IOException {
        for (String name : List.of("external_link.h5", "soft_link.h5", "chunked.h5")) {
            mutate(Files.readAllBytes(resource(name)));
        }
    }

    /** A file beside this class. */
    static Path resource(String name) {
        try {
            return Path.of(DamagedFileTest.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(name, e);
        }
    }

    private static void mutate(byte[] whole) {
        Random random = new Random(SEED);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] changed = mutated(whole, random);
            int number = i;
            if (Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> isRefused(changed, number),
                    () -> "mutation " + number + " of seed " + SEED)) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1, MUTATIONS);
    }

    private static byte[] mutated(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        switch (random.nextInt(4)) {
            case 0 -> {
                for (int n = random.nextInt(1, 4); n > 0; n--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            case 2 -> {
                int at = random.nextInt(bytes.length - 8);
                long[] absurd = {-1, Long.MAX_VALUE, Integer.MAX_VALUE, 0, at, bytes.length};
                long value = absurd[random.nextInt(absurd.length)];
                for (int b = 0; b < 8; b++) {
                    bytes[at + b] = (byte) (value >> 8 * b);
                }
            }
            default -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        return bytes;
    }

    private static boolean isRefused(byte[] bytes, int number) {
        try (Hdf5Reader reader = Hdf5Reader.of(bytes, "mutation " + number)) {
            boolean refused = false;
            for (String path : reader.paths()) {
                refused |= fails(() -> reader.text(path, "name"));
                refused |= reader.isArray(path) && fails(() -> reader.array(path));
            }
            return refused;
        } catch (ModelFormatException e) {
            return true;
        }
    }

    private static boolean fails(Runnable reading) {
        try {
            reading.run();
            return false;
        } catch (ModelFormatException e) {
            return true;
        }
    }
}
