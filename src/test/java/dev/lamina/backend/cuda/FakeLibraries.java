package dev.lamina.backend.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Folders as machines have them, filled with stand-ins for cuBLAS 12 and 13, whole and spoilt. */
final class FakeLibraries {
    private static final int MACHINE = 18;
    private static final short AARCH64 = 183;

    private final Path simulated;
    private final Path built;

    /**
     * Builds the stand-in for cuBLAS 13 and the bridge.
     *
     * @param folder an empty one
     */
    FakeLibraries(Path simulated, Path folder) throws IOException, InterruptedException {
        this.simulated = simulated;
        built = folder;
        bash(
                "native/cublas-bridge/stand-in-13.sh",
                simulated.toString(),
                folder.resolve("13").toString());
        bash(
                "native/cublas-bridge/build.sh",
                bridgeClasses().resolve("dev/lamina/cuda/bridge").toString());
    }

    private static void bash(String... command) throws IOException, InterruptedException {
        String[] all = new String[command.length + 1];
        all[0] = "bash";
        System.arraycopy(command, 0, all, 1, command.length);
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", all) + ": " + output);
        }
    }

    /** What goes on the class path to have the bridge. */
    Path bridgeClasses() {
        return built.resolve("classes");
    }

    /** Puts cuBLAS 12 into a folder. */
    Path twelve(Path folder) throws IOException {
        return copy(simulated.resolve("libcublas.so.12").toRealPath(), folder.resolve("libcublas.so.12"));
    }

    /** Puts cuBLAS 13 into a folder. */
    Path thirteen(Path folder) throws IOException {
        copy(built.resolve("13/libcublasLt.so.13"), folder.resolve("libcublasLt.so.13"));
        return copy(built.resolve("13/libcublas.so.13"), folder.resolve("libcublas.so.13"));
    }

    private static Path copy(Path library, Path copy) throws IOException {
        Files.createDirectories(copy.getParent());
        return Files.copy(library, copy);
    }

    /** Puts the first bytes of cuBLAS 12 into a folder. */
    Path cutShort(Path folder, int bytes) throws IOException {
        byte[] whole = Files.readAllBytes(simulated.resolve("libcublas.so.12"));
        return write(folder, Arrays.copyOf(whole, bytes));
    }

    /** Puts a cuBLAS 12 for another processor into a folder. */
    Path forAnotherProcessor(Path folder) throws IOException {
        byte[] whole = Files.readAllBytes(simulated.resolve("libcublas.so.12"));
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putShort(MACHINE, AARCH64);
        return write(folder, whole);
    }

    private static Path write(Path folder, byte[] bytes) throws IOException {
        Files.createDirectories(folder);
        return Files.write(folder.resolve("libcublas.so.12"), bytes, StandardOpenOption.CREATE);
    }
}
