package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the native loops are switched off, or were not built, the backend says so once and goes on in plain Java. */
class WithoutLoopsTest {
    /** Run as a process of its own. */
    static final class Asks {
        public static void main(String[] arguments) {
            System.out.println("present " + Loops.PRESENT);
        }
    }

    private static String run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Dlamina.log=INFO", "-cp", classPath));
        command.add(Asks.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void canBeSwitchedOff() throws IOException, InterruptedException {
        assertThat(run("-Ddev.lamina.cpu.loops=off"))
                .contains("present false")
                .contains("plain Java: the native ones are switched off by dev.lamina.cpu.loops.");
    }

    @Test
    void saysWhatThisProcessorLacks() throws IOException, InterruptedException {
        assertThat(run("-Dos.arch=vax"))
                .contains("present false")
                .contains("slower: the native ones can't be used here: java.io.IOException: there are none for the")
                .contains("processor vax");
    }

    @Test
    void areUsedElsewhereAsHere() throws IOException, InterruptedException {
        assertThat(run()).contains("present " + Loops.PRESENT);
    }
}
