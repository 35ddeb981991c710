package dev.lamina.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** What {@code lamina} alone does: it shows the commands. */
@Command(
        name = "lamina",
        description = "Trains and uses neural networks: Keras's layers and models on the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = LaminaCommand.Version.class,
        scope = ScopeType.INHERIT)
final class LaminaCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "After an error show where it happened in the program.")
    private boolean verbose;

    LaminaCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        CommandLine command = spec.commandLine();
        command.usage(terminal.out());
        return 0;
    }

    /** Whether stack traces are wanted. */
    boolean verbose() {
        return verbose;
    }

    /** Lamina's version; of the jar, where there is one. */
    static String laminaVersion() {
        return Optional.ofNullable(LaminaCommand.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    /** For {@code --version}. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "Lamina " + laminaVersion() + " (Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch") + ")"
            };
        }
    }
}
