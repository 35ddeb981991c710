package dev.lamina.callbacks;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Shows the training's progress: on a terminal a bar that is redrawn in place, a few times a second; elsewhere one line
 * an epoch.
 */
public final class ProgressBar implements Callback {
    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private Plan plan = new Plan(0, 0, OptionalInt.empty(), OptionalInt.empty());
    private int steps;
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
    public void onTrainBegin(Plan newPlan, TrainingContext training) {
        plan = newPlan;
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext training) {
        steps = 0;
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
        if (terminal && now - lastDrawn >= REDRAW_NANOS) {
            lastDrawn = now;
            draw(logs.read(), now);
        }
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
