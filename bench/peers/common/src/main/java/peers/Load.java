package peers;

import java.nio.file.Files;
import java.nio.file.Path;

/** CPU use of this process and of everything else, in scheduler ticks (1/100 s), from Linux's /proc. */
record Load(long busy, long own) {

    static Load now() {
        try {
            String[] f = Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+");
            long busy = 0;
            for (int i : new int[] {1, 2, 3, 6, 7, 8})
                busy += Long.parseLong(f[i]); // user nice system irq softirq steal
            String s = Files.readString(Path.of("/proc/self/stat"));
            String[] g = s.substring(s.lastIndexOf(')') + 2).split(" ");
            return new Load(busy, Long.parseLong(g[11]) + Long.parseLong(g[12]));
        } catch (Exception e) {
            return new Load(0, 0); // not Linux: no load check
        }
    }

    double ownSince(Load a) {
        return (own - a.own) / 100.0;
    }

    double busySince(Load a) {
        return (busy - a.busy) / 100.0;
    }

    double foreignSince(Load a) {
        return Math.max(0, ((busy - a.busy) - (own - a.own)) / 100.0);
    }

    /** Waits, {@code maxS} seconds at most, until others use under a tenth of one core. */
    static void idleGate(double maxS) throws InterruptedException {
        long end = System.nanoTime() + (long) (maxS * 1e9);
        while (System.nanoTime() < end) {
            Load a = now();
            Thread.sleep(300);
            if (now().foreignSince(a) <= 0.03) return;
        }
    }

    static long peakRssMb() {
        try {
            for (String l : Files.readAllLines(Path.of("/proc/self/status")))
                if (l.startsWith("VmHWM:")) return Long.parseLong(l.replaceAll("\\D+", "")) / 1024;
        } catch (Exception e) {
            /* not Linux */
        }
        return -1;
    }
}
