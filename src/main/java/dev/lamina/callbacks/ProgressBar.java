package dev.lamina.callbacks;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Shows the training's progress: on a terminal a bar that is redrawn in place, some ten times a second; elsewhere one
 * line an epoch. Between two drawings many steps may be one execution.
 */
public final class ProgressBar implements Callback {
    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000L;

    /**
     * How much more steps may come before a drawing than came before the last one; the pace of a first step says
     * little.
     */
    private static final int GROWTH = 8;

    private static final int MOST_STRIDE = 1 << 20;

    private final PrintStream out;
    private final boolean terminal;
    private Plan plan = new Plan(0, 0, OptionalInt.empty(), OptionalInt.empty());
    private int steps;
    private int stride = 1;
    private boolean unread;
    private int drawnSteps;
    private long epochStart;
    private long lastDrawn;
    private int lastLength;

    /** On standard output. */
    public ProgressBar() {
        this(System.out, isTerminal());
    }

    /** A Java image without the module jdk.internal.le has no console. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    public ProgressBar(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public boolean followsBatches() {
        return terminal;
    }

    @Override
    public int stepsPerExecution() {
        return stride;
    }

    @Override
    public void onTrainBegin(Plan newPlan, TrainingContext training) {
        plan = newPlan;
        stride = 1;
        unread = false;
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext training) {
        steps = 0;
        drawnSteps = 0;
        epochStart = System.nanoTime();
        lastDrawn = epochStart;
        lastLength = 0;
        if (terminal) {
            out.println("Epoch " + (epoch + 1) + "/" + plan.epochs());
        }
    }

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
        steps = step + 1;
        long now = System.nanoTime();
        boolean due = !unread && steps - drawnSteps >= stride || now - lastDrawn >= REDRAW_NANOS;
        if (terminal && due) {
            // Waits for the device, so that the time is that of the steps and not of their launches.
            Map<String, Double> values = logs.read();
            long done = System.nanoTime();
            draw(values, done);
            // Without values there was nothing to wait for, and nothing is known of the steps' pace.
            unread = values.isEmpty();
            stride = unread ? 1 : stride(steps - drawnSteps, done - lastDrawn);
            drawnSteps = steps;
            lastDrawn = done;
        }
    }

    /**
     * How many steps make up the time between two drawings: a power of two, so that a device makes few graphs of steps.
     */
    private int stride(int stepsSince, long nanos) {
        double inTime = (double) stepsSince * REDRAW_NANOS / Math.max(1, nanos);
        int most = Math.min(MOST_STRIDE, stride * GROWTH);
        return Integer.highestOneBit((int) Math.clamp(inTime, 1.0, most));
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        long now = System.nanoTime();
        if (terminal) {
            draw(logs.read(), now);
            out.println();
        } else {
            out.println("Epoch " + (epoch + 1) + "/" + plan.epochs() + " - " + took(now) + " - " + format(logs.read()));
        }
        out.flush();
    }

    private void draw(Map<String, Double> values, long now) {
        // An epoch of unknown length has a full bar and no total.
        int all = plan.stepsPerEpoch().orElse(0);
        int filled = all == 0 ? WIDTH : (int) ((long) WIDTH * Math.min(steps, all) / all);
        String line = String.format(
                Locale.ROOT,
                "%d/%s %s%s %s - %s",
                steps,
                all == 0 ? "?" : all,
                "━".repeat(filled),
                "─".repeat(WIDTH - filled),
                took(now),
                format(values));
        out.print("\r" + line + " ".repeat(Math.max(0, lastLength - line.length())));
        out.flush();
        lastLength = line.length();
    }

    private String took(long now) {
        double seconds = (now - epochStart) / 1e9;
        double each = seconds / Math.max(1, steps);
        String perStep = each < 1e-3
                ? String.format(Locale.ROOT, "%.0fus/step", each * 1e6)
                : String.format(Locale.ROOT, "%.1fms/step", each * 1e3);
        return String.format(Locale.ROOT, "%.1fs %s", seconds, perStep);
    }

    private static String format(Map<String, Double> values) {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + number(entry.getValue()))
                .collect(Collectors.joining(" - "));
    }

    private static String number(double value) {
        double magnitude = Math.abs(value);
        return magnitude != 0 && magnitude < 1e-3
                ? String.format(Locale.ROOT, "%.4e", value)
                : String.format(Locale.ROOT, "%.4f", value);
    }
}
