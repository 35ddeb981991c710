package dev.lamina.cli;

import dev.lamina.backend.Backends;
import dev.lamina.cli.bench.BenchCommand;
import dev.lamina.errors.LaminaException;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. Exit codes: 0 success, 2 wrong arguments, data or files, with one line on the standard error; 1 an
 * internal error.
 */
public final class Main {
    private static final int FAILED = 1;
    private static final int REFUSED = 2;

    private static final Map<String, Function<Terminal, Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("train", TrainCommand::new);
        COMMANDS.put("evaluate", EvaluateCommand::new);
        COMMANDS.put("predict", PredictCommand::new);
        COMMANDS.put("inspect", InspectCommand::new);
        COMMANDS.put("bench", terminal -> new BenchCommand(terminal.out()));
        COMMANDS.put("doctor", DoctorCommand::new);
    }

    /** The commands that compute. */
    private static final Set<String> COMPUTING = Set.of("train", "evaluate", "predict", "bench");

    private Main() {}

    /** Runs a command and ends the process with its exit code. A Java image without jdk.internal.le has no console. */
    @SuppressWarnings("SystemConsoleNull")
    public static void main(String[] args) {
        if (args.length > 0 && COMPUTING.contains(args[0])) {
            // While this thread reads the command line.
            Thread.ofPlatform().daemon().name("lamina-warm-up").start(() -> Backends.warmUp());
        }
        PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err);
        @Nullable Console console = System.console();
        boolean interactive = console != null && console.isTerminal();
        System.exit(run(new Terminal(out, err, interactive), args));
    }

    // Tables and bars are drawn with characters that the locale of a bare container does not have.
    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** Runs a command and returns its exit code. */
    static int run(PrintStream out, PrintStream err, String... args) {
        return run(new Terminal(out, err, false), args);
    }

    private static int run(Terminal terminal, String... args) {
        boolean verbose = Arrays.asList(args).contains("--verbose");
        try {
            return commandLine(terminal, verbose, args).execute(args);
        } catch (Throwable e) {
            return report(terminal, e, verbose);
        } finally {
            terminal.out().flush();
            terminal.err().flush();
        }
    }

    /** All commands; if the first argument names one, that alone, since each takes a while to be looked through. */
    private static CommandLine commandLine(Terminal terminal, boolean verbose, String... arguments) {
        String named = arguments.length > 0 ? arguments[0] : "";
        CommandLine all = new CommandLine(new LaminaCommand(terminal));
        if (COMMANDS.containsKey(named)) {
            all.addSubcommand(COMMANDS.get(named).apply(terminal));
        } else {
            COMMANDS.values().forEach(command -> all.addSubcommand(command.apply(terminal)));
        }
        return all.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler((e, args) -> reportUsage(terminal, e, verbose))
                .setExecutionExceptionHandler((e, command, result) -> report(terminal, e, verbose));
    }

    private static int reportUsage(Terminal terminal, ParameterException e, boolean verbose) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String message = String.valueOf(e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched
                && command.getParent() == null
                && !unmatched.isUnknownOption()) {
            message = "expected a command, one of "
                    + String.join(", ", command.getSubcommands().keySet()) + "; received '"
                    + unmatched.getUnmatched().get(0) + "'";
        }
        String line = oneLine(message);
        terminal.err().println("lamina: " + line + (line.endsWith(".") ? "" : ".") + " Try: " + name + " --help");
        return trace(terminal, e, verbose, REFUSED);
    }

    private static int report(Terminal terminal, Throwable e, boolean verbose) {
        String message = e.getMessage() == null ? "" : e.getMessage();
        if (!message.isEmpty() && isForTheUser(e)) {
            terminal.err().println("lamina: " + oneLine(message));
            return trace(terminal, e, verbose, REFUSED);
        }
        terminal.err().println("lamina: internal error: " + oneLine(e.toString()) + " (--verbose shows where)");
        return trace(terminal, e, verbose, FAILED);
    }

    private static boolean isForTheUser(Throwable e) {
        return e instanceof LaminaException
                || e instanceof IllegalArgumentException
                || e instanceof IllegalStateException
                || e instanceof IOException
                || e instanceof UncheckedIOException;
    }

    private static int trace(Terminal terminal, Throwable e, boolean verbose, int exitCode) {
        if (verbose) {
            e.printStackTrace(terminal.err());
        }
        return exitCode;
    }

    private static String oneLine(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining(" "));
    }
}
