package dev.lamina.initializers;

import dev.lamina.config.Config;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the frames of a short-time Fourier transform are multiplied by, by SciPy's name
 * ({@code scipy.signal.get_window}), or given number by number. The names are those of the windows without a parameter
 * that have a closed form: barthann, bartlett, blackman, blackmanharris, bohman, boxcar, cosine, flattop, hamming,
 * hann, nuttall, triang.
 */
public final class FrameWindow {
    /** The value at a point of a symmetric window: its index, and how many points there are, at least 2. */
    private interface Formula {
        double at(int index, int points);
    }

    private static final Map<String, Formula> NAMED = new TreeMap<>(Map.ofEntries(
            Map.entry("boxcar", (i, n) -> 1),
            Map.entry("triang", (i, n) -> {
                int fromEnd = Math.min(i, n - 1 - i) + 1;
                return n % 2 == 0 ? (2.0 * fromEnd - 1) / n : 2.0 * fromEnd / (n + 1);
            }),
            Map.entry("bartlett", (i, n) -> 2.0 * Math.min(i, n - 1 - i) / (n - 1)),
            Map.entry("barthann", (i, n) -> {
                double from = Math.abs(i / (n - 1.0) - 0.5);
                return 0.62 - 0.48 * from + 0.38 * Math.cos(2 * Math.PI * from);
            }),
            Map.entry("bohman", (i, n) -> {
                double from = Math.abs(2.0 * i / (n - 1) - 1);
                return i == 0 || i == n - 1
                        ? 0
                        : (1 - from) * Math.cos(Math.PI * from) + Math.sin(Math.PI * from) / Math.PI;
            }),
            Map.entry("cosine", (i, n) -> Math.sin(Math.PI / n * (i + 0.5))),
            Map.entry("hann", cosines(0.5, 0.5)),
            Map.entry("hamming", cosines(0.54, 0.46)),
            Map.entry("blackman", cosines(0.42, 0.5, 0.08)),
            Map.entry("nuttall", cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411)),
            Map.entry("blackmanharris", cosines(0.35875, 0.48829, 0.14128, 0.01168)),
            Map.entry("flattop", cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368))));

    private final Optional<String> name;
    private final double[] given;

    private FrameWindow(Optional<String> name, double... given) {
        this.name = name;
        this.given = given;
    }

    static FrameWindow of(String name) {
        if (!NAMED.containsKey(name)) {
            throw new IllegalArgumentException("[window] expected one of " + NAMED.keySet() + "; received \"" + name
                    + "\". Give another window by its factors.");
        }
        return new FrameWindow(Optional.of(name));
    }

    static FrameWindow of(double... factors) {
        return new FrameWindow(Optional.empty(), factors.clone());
    }

    static double[] ones(int frame) {
        double[] factors = new double[frame];
        Arrays.fill(factors, 1);
        return factors;
    }

    /** Its factors for a frame of so many samples, in an array of the caller's. */
    double[] factors(int frame, boolean periodic) {
        if (name.isEmpty()) {
            if (given.length != frame) {
                throw new IllegalArgumentException("[window] expected a factor for each of the frame's " + frame
                        + " samples; received " + given.length + ".");
            }
            return given.clone();
        }
        double[] factors = ones(frame);
        // One period of a periodic window is a symmetric one of a point more without its last.
        int points = periodic ? frame + 1 : frame;
        Formula formula = NAMED.getOrDefault(name.get(), (i, n) -> 1);
        for (int i = 0; i < frame && frame > 1; i++) {
            factors[i] = formula.at(i, points);
        }
        return factors;
    }

    /** {@code sum of a[k] cos(k x)}, {@code x} from -pi to pi (Harris, 1978). */
    private static Formula cosines(double... a) {
        return (i, n) -> {
            double angle = -Math.PI + 2 * Math.PI * i / (n - 1);
            double sum = 0;
            for (int k = 0; k < a.length; k++) {
                sum += a[k] * Math.cos(k * angle);
            }
            return sum;
        };
    }

    Object toConfig() {
        return name.isPresent() ? name.get() : Arrays.stream(given).boxed().toList();
    }

    static Optional<FrameWindow> fromConfig(Config config) {
        if (config.isNull("window")) {
            return Optional.empty();
        }
        if (config.get("window").orElse("") instanceof List<?>) {
            return Optional.of(of(config.numbers("window")));
        }
        String name = config.text("window", "hann");
        if (!NAMED.containsKey(name)) {
            throw config.wrong("window", "a list of factors or one of " + NAMED.keySet());
        }
        return Optional.of(of(name));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FrameWindow window && name.equals(window.name) && Arrays.equals(given, window.given);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(given);
    }

    @Override
    public String toString() {
        return name.orElseGet(() -> Arrays.toString(given));
    }
}
