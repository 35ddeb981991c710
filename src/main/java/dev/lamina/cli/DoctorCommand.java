package dev.lamina.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says what Lamina finds on this machine. */
@Command(
        name = "doctor",
        description =
                "Says what Lamina finds on this machine, and checks that it computes. Exit code 0 if what is available has no"
                        + " problem and computes rightly.")
final class DoctorCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    DoctorCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Diagnosis diagnosis = Diagnosis.ofThisMachine();
        if (json) {
            terminal.out().println(json(diagnosis.facts()));
        } else {
            print(diagnosis.facts(), "");
        }
        return diagnosis.works() ? 0 : 1;
    }

    /** Facts as strict JSON, which has no number for NaN and infinities: they are written as text. */
    static String json(Map<String, Object> facts) {
        JsonSerializer<Number> numbers = (number, _, _) -> Double.isFinite(number.doubleValue())
                ? new JsonPrimitive(number)
                : new JsonPrimitive(number.toString());
        return new GsonBuilder()
                .registerTypeAdapter(Double.class, numbers)
                .registerTypeAdapter(Float.class, numbers)
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .create()
                .toJson(facts);
    }

    private void print(Map<?, ?> facts, String indent) {
        facts.forEach((name, fact) -> {
            switch (fact) {
                case Map<?, ?> map -> {
                    terminal.out().println(indent + name + ":");
                    print(map, indent + "  ");
                }
                case List<?> list when list.isEmpty() -> terminal.out().println(indent + name + ": none");
                case List<?> list -> {
                    terminal.out().println(indent + name + ":");
                    list.forEach(entry -> terminal.out().println(indent + "  " + entry));
                }
                case Object value -> terminal.out().println(indent + name + ": " + value);
            }
        });
    }
}
