package dev.lamina.architecture;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The order of the packages: each may import those of the rows above it, and what its own entry adds. */
final class PackageTable {
    static final String ROOT = "dev.lamina.";

    private static final List<List<String>> ROWS = List.of(
            List.of("errors"),
            List.of("tensor", "config"),
            List.of("ops"),
            List.of("graph"),
            List.of("backend"),
            List.of("runtime"),
            List.of("initializers", "regularizers", "constraints"),
            List.of("layers", "losses", "metrics", "optimizers", "schedules", "data"),
            List.of("callbacks", "models"),
            List.of("saving"),
            List.of("cli"));

    /** Imports inside one row; cycles are excluded by a rule of their own. */
    private static final Map<String, Set<String>> INSIDE_A_ROW = Map.of(
            "optimizers", Set.of("schedules"),
            "metrics", Set.of("losses"),
            "callbacks", Set.of("models"),
            "models", Set.of("callbacks"));

    /** Entries that may import less than their row says. */
    private static final Map<String, Set<String>> NARROWED = Map.of("data", Set.of("errors", "tensor"));

    /** Backends: found by ServiceLoader, imported by nobody. */
    private static final Set<String> BACKENDS = Set.of("backend.cpu", "backend.cuda");

    private static final Set<String> SEEN_BY_BACKENDS = Set.of("errors", "tensor", "ops", "graph", "backend");

    private static final Map<String, Set<String>> ALLOWED = allowed();

    private PackageTable() {}

    /** The table's entry that a package belongs to: {@code dev.lamina.graph.passes} is {@code graph}. */
    static String entryOf(String packageName) {
        String name = packageName.startsWith(ROOT) ? packageName.substring(ROOT.length()) : packageName;
        for (String backend : BACKENDS) {
            if (name.equals(backend) || name.startsWith(backend + ".")) {
                return backend;
            }
        }
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    static boolean mayImport(String from, String to) {
        return from.equals(to) || ALLOWED.getOrDefault(from, Set.of()).contains(to);
    }

    private static Map<String, Set<String>> allowed() {
        Map<String, Set<String>> allowed = new LinkedHashMap<>();
        List<String> above = new ArrayList<>();
        for (List<String> row : ROWS) {
            for (String entry : row) {
                Set<String> imports = new HashSet<>(NARROWED.getOrDefault(entry, Set.copyOf(above)));
                imports.addAll(INSIDE_A_ROW.getOrDefault(entry, Set.of()));
                allowed.put(entry, imports);
            }
            above.addAll(row);
        }
        BACKENDS.forEach(backend -> allowed.put(backend, SEEN_BY_BACKENDS));
        return allowed;
    }
}
