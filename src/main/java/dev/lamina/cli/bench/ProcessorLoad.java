package dev.lamina.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processor time of this process and of the whole machine, in hundredths of a second, from Linux's /proc. */
record ProcessorLoad(long all, long own) {
    private static final int[] BUSY_COLUMNS = {1, 2, 3, 6, 7, 8}; // user, nice, system, irq, softirq, steal

    static ProcessorLoad now() {
        try {
            String[] machine =
                    Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+", -1);
            long all = 0;
            for (int column : BUSY_COLUMNS) {
                all += Long.parseLong(machine[column]);
            }
            String line = Files.readString(Path.of("/proc/self/stat"));
            String[] process = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
            return new ProcessorLoad(all, Long.parseLong(process[11]) + Long.parseLong(process[12]));
        } catch (IOException e) {
            return new ProcessorLoad(0, 0); // Not Linux: no check of the load.
        }
    }

    /** Cores that this process used since then. */
    double ownSince(ProcessorLoad before, double seconds) {
        return (own - before.own) / 100.0 / seconds;
    }

    double allSince(ProcessorLoad before, double seconds) {
        return (all - before.all) / 100.0 / seconds;
    }

    /** Cores that other processes used since then. */
    double foreignSince(ProcessorLoad before, double seconds) {
        return Math.max(0, allSince(before, seconds) - ownSince(before, seconds));
    }

    /** Waits, so many seconds at most, until others use less than a tenth of a core. */
    static void awaitQuiet(double most) throws InterruptedException {
        long end = System.nanoTime() + (long) (most * 1e9);
        while (System.nanoTime() < end) {
            ProcessorLoad before = now();
            Thread.sleep(300);
            if (now().foreignSince(before, 0.3) <= 0.1) {
                return;
            }
        }
    }

    /** The most memory that this process had, in MiB; -1 where that is unknown. */
    static long peakMemory() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) / 1024)
                    .findFirst()
                    .orElse(-1);
        } catch (IOException e) {
            return -1;
        }
    }
}
