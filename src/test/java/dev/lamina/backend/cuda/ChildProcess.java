package dev.lamina.backend.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Java processes with the class path of this one: what is loaded once in a process is tested in others. */
final class ChildProcess {
    private final Process process;

    private ChildProcess(Process process) {
        this.process = process;
    }

    /** Starts {@link ProbeMain}. */
    static ChildProcess probe(List<String> options, Map<String, String> environment) throws IOException {
        return start(ProbeMain.class, options, environment);
    }

    /** Starts a class's main method. */
    static ChildProcess start(Class<?> main, List<String> options, Map<String, String> environment) throws IOException {
        return start(main, List.of(), options, environment);
    }

    /** Starts a class's main method, with folders before this process's class path. */
    static ChildProcess start(Class<?> main, List<Path> first, List<String> options, Map<String, String> environment)
            throws IOException {
        return start(main, first, options, environment, Path.of(""));
    }

    /** The same in another working directory. */
    static ChildProcess start(
            Class<?> main, List<Path> first, List<String> options, Map<String, String> environment, Path directory)
            throws IOException {
        return start(command(main, first, options), environment, directory);
    }

    /** Starts any command. */
    static ChildProcess start(List<String> command, Map<String, String> environment) throws IOException {
        return start(command, environment, Path.of(""));
    }

    private static ChildProcess start(List<String> command, Map<String, String> environment, Path directory)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.directory(directory.toAbsolutePath().toFile());
        return new ChildProcess(builder.start());
    }

    /** What starts a class's main method, to which arguments may be added. */
    static List<String> command(Class<?> main, List<Path> first, List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xshare:auto", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        StringBuilder classPath = new StringBuilder();
        first.forEach(folder -> classPath.append(folder).append(File.pathSeparator));
        classPath.append(System.getProperty("java.class.path"));
        command.addAll(List.of("-cp", classPath.toString(), main.getName()));
        return command;
    }

    /**
     * What became of it.
     *
     * @param output what it printed, errors among it
     */
    record Ended(int exitCode, String output) {}

    Ended ended() throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    /** What it printed; it must have ended well. */
    List<String> lines() throws IOException, InterruptedException {
        Ended ended = ended();
        if (ended.exitCode != 0) {
            throw new AssertionError("exit code " + ended.exitCode + ":\n" + ended.output);
        }
        return ended.output.lines().toList();
    }
}
