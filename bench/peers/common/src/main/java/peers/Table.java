package peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prints a table of the JSON lines in the files named: the median over rounds, per case and peer. */
public final class Table {
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":(?:\"([^\"]*)\"|([^,}]+))");

    public static void main(String[] files) throws Exception {
        Map<String, Map<String, List<Map<String, String>>>> rows = new LinkedHashMap<>();
        for (Case c : Case.ALL) rows.put(c.name(), new LinkedHashMap<>());
        TreeSet<String> versions = new TreeSet<>();
        for (String f : files)
            for (String l : Files.readAllLines(Path.of(f))) {
                if (!l.startsWith("{")) continue;
                Map<String, String> m = new LinkedHashMap<>();
                for (Matcher x = FIELD.matcher(l); x.find(); )
                    m.put(x.group(1), x.group(2) != null ? x.group(2) : x.group(3));
                rows.computeIfAbsent(m.get("case"), k -> new LinkedHashMap<>())
                        .computeIfAbsent(m.get("peer"), k -> new ArrayList<>())
                        .add(m);
                if (!m.containsKey("error"))
                    versions.add(m.get("peer") + ": " + m.get("version") + ", java " + m.get("java") + ", threads "
                            + m.get("threads"));
            }
        for (String v : versions) System.out.println(v);
        System.out.printf(
                "%n%-16s %-16s %13s %13s %13s %7s %10s %10s %7s %6s %7s %8s %s%n",
                "case",
                "peer",
                "samples/s",
                "min",
                "max",
                "of best",
                "p50 ms",
                "p99 ms",
                "cores",
                "MB",
                "rounds",
                "foreign",
                "loss");
        for (var c : rows.entrySet()) {
            double best = c.getValue().values().stream()
                    .mapToDouble(r -> median(r, "samples_per_s"))
                    .filter(v -> v == v)
                    .max()
                    .orElse(Double.NaN);
            for (var p : c.getValue().entrySet()) {
                List<Map<String, String>> r = p.getValue();
                List<Map<String, String>> ok =
                        r.stream().filter(m -> !m.containsKey("error")).toList();
                if (ok.isEmpty()) {
                    System.out.printf(
                            "%-16s %-16s %s%n", c.getKey(), p.getKey(), r.get(0).get("error"));
                    continue;
                }
                double s = median(ok, "samples_per_s");
                System.out.printf(
                        Locale.ROOT,
                        "%-16s %-16s %13.0f %13.0f %13.0f %7.2f %10.4f %10.4f %7.2f %6.0f %7d %8.2f %s%n",
                        c.getKey(),
                        p.getKey(),
                        s,
                        values(ok, "samples_per_s_min")[0],
                        last(values(ok, "samples_per_s_max")),
                        s / best,
                        median(ok, "p50_ms"),
                        median(ok, "p99_ms"),
                        median(ok, "cores_used"),
                        last(values(ok, "rss_mb")),
                        ok.size(),
                        last(values(ok, "foreign_cores_max")),
                        ok.get(0).getOrDefault("loss_first", "null").equals("null")
                                ? ""
                                : ok.get(0).get("loss_first") + " -> "
                                        + ok.get(0).get("loss_last"));
            }
        }
    }

    private static double[] values(List<Map<String, String>> r, String k) {
        return r.stream()
                .map(m -> m.getOrDefault(k, "null"))
                .filter(v -> !v.equals("null"))
                .mapToDouble(Double::parseDouble)
                .sorted()
                .toArray();
    }

    private static double last(double[] v) {
        return v.length == 0 ? Double.NaN : v[v.length - 1];
    }

    private static double median(List<Map<String, String>> r, String k) {
        double[] v = values(r, k);
        Arrays.sort(v);
        return v.length == 0
                ? Double.NaN
                : v.length % 2 == 1 ? v[v.length / 2] : (v[v.length / 2 - 1] + v[v.length / 2]) / 2;
    }

    private Table() {}
}
