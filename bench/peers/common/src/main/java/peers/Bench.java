package peers;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/** The one measuring loop that every Java peer goes through. */
public final class Bench {

    public static void main(Peer peer, String[] args) throws Exception {
        String name = null;
        int threads = 2, repeats = 5;
        double seconds = 3, warmup = 5, gate = 60;
        for (int i = 0; i + 1 < args.length; i += 2) {
            String v = args[i + 1];
            switch (args[i]) {
                case "--case" -> name = v;
                case "--threads" -> threads = Integer.parseInt(v);
                case "--repeats" -> repeats = Integer.parseInt(v);
                case "--seconds" -> seconds = Double.parseDouble(v);
                case "--warmup" -> warmup = Double.parseDouble(v);
                case "--gate" -> gate = Double.parseDouble(v);
                default -> throw new IllegalArgumentException(args[i]);
            }
        }
        if (name == null) throw new IllegalArgumentException("--case NAME is needed");
        Case c = Case.of(name);
        try {
            peer.threads(threads);
            run(peer, c, threads, repeats, seconds, warmup, gate);
        } catch (UnsupportedOperationException e) {
            System.out.printf(
                    "{\"peer\":\"%s\",\"version\":\"%s\",\"case\":\"%s\",\"threads\":%d,\"error\":\"%s\"}%n",
                    peer.name(),
                    peer.version(),
                    c.name(),
                    threads,
                    String.valueOf(e.getMessage()).replace('"', '\''));
        }
        System.out.flush();
        System.exit(0); // engines leave threads behind
    }

    static void run(Peer peer, Case c, int threads, int repeats, double seconds, double warmup, double gate)
            throws Exception {
        Data d = new Data(c);
        float[] out = new float[c.batch() * c.outputs()];
        try (Model m = peer.build(c, d)) {
            float lossFirst = Float.NaN, lossLast = Float.NaN;
            if (c.predict()) m.predict(d.x[0], c.batch(), out);
            else lossFirst = poolLoss(m, c);
            long startupMs = System.currentTimeMillis()
                    - ManagementFactory.getRuntimeMXBean().getStartTime();

            // warm-up: by time, and at least 30 steps for the JIT and the engine's own caches
            int b = 0;
            Load.idleGate(gate);
            for (long t0 = System.nanoTime(), n = 0; System.nanoTime() - t0 < warmup * 1e9 || n < 30; n++)
                b = one(m, c, d, out, b);
            m.sync();

            double[] rate = new double[repeats];
            int cpus = Runtime.getRuntime().availableProcessors();
            double cpu = 0, wall = 0, worstForeign = 0;
            long[] lat = new long[1 << 20];
            int nLat = 0;
            for (int r = 0, tries = 0; r < repeats; tries++) {
                Load.idleGate(gate);
                Load a = Load.now();
                int from = nLat;
                long start = System.nanoTime(), end = start + (long) (seconds * 1e9), t = start, n = 0;
                do {
                    b = one(m, c, d, out, b);
                    long u = System.nanoTime();
                    if (nLat < lat.length) lat[nLat++] = u - t;
                    t = u;
                    n++;
                } while (t < end);
                m.sync();
                double s = (System.nanoTime() - start) * 1e-9;
                Load z = Load.now();
                double foreign = z.foreignSince(a) / s; // in cores
                if (foreign > 0.08
                        && z.busySince(a) / s > 0.94 * cpus
                        && tries < 3 * repeats) { // disturbed by somebody else: again
                    nLat = from;
                    continue;
                }
                worstForeign = Math.max(worstForeign, foreign);
                cpu += z.ownSince(a);
                wall += s;
                rate[r++] = n * c.batch() / s;
            }
            if (c.predict()) m.predict(d.x[0], c.batch(), out);
            else lossLast = poolLoss(m, c);
            for (float v : out) if (!Float.isFinite(v)) throw new IllegalStateException("output is not finite");

            Arrays.sort(rate);
            Arrays.sort(lat, 0, nLat);
            System.out.println(String.format(
                            Locale.ROOT,
                            "{\"peer\":\"%s\",\"version\":\"%s\",\"case\":\"%s\",\"threads\":%d,"
                                    + "\"samples_per_s\":%.1f,\"samples_per_s_min\":%.1f,\"samples_per_s_max\":%.1f,\"repeats\":%d,\"seconds\":%.1f,"
                                    + "\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"loss_first\":%.4f,\"loss_last\":%.4f,"
                                    + "\"startup_ms\":%d,\"cores_used\":%.2f,\"foreign_cores_max\":%.2f,\"rss_mb\":%d,\"java\":\"%s\"}",
                            peer.name(),
                            peer.version(),
                            c.name(),
                            threads,
                            rate[repeats / 2],
                            rate[0],
                            rate[repeats - 1],
                            repeats,
                            seconds,
                            lat[nLat / 2] * 1e-6,
                            lat[(int) (nLat * 0.99)] * 1e-6,
                            lossFirst,
                            lossLast,
                            startupMs,
                            cpu / wall,
                            worstForeign,
                            Load.peakRssMb(),
                            System.getProperty("java.version"))
                    .replace(":NaN", ":null"));
        }
    }

    private static int one(Model m, Case c, Data d, float[] out, int b) {
        if (c.predict()) m.predict(d.x[b], c.batch(), out);
        else m.step(b, false);
        return b + 1 == c.pool() ? 0 : b + 1;
    }

    /** Mean loss over the pool (it trains as it goes): shows that the peer really learns. */
    private static float poolLoss(Model m, Case c) {
        double s = 0;
        for (int i = 0; i < c.pool(); i++) s += m.step(i, true);
        return (float) (s / c.pool());
    }

    /** The version in the name of the jar that a class came from. */
    public static String jarVersion(Class<?> k) {
        String f = k.getProtectionDomain().getCodeSource().getLocation().getPath();
        return f.replaceAll(".*/", "").replaceAll("^[a-z0-9-]*?-(\\d.*)\\.jar$", "$1");
    }

    private Bench() {}
}
