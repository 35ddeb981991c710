package dev.lamina.initializers;

import dev.lamina.config.Config;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The kernel of a convolution that computes one side of a short-time Fourier transform, Keras's
 * {@code STFTInitializer}: for a shape {@code (frame, channels, bands)}, the element of time {@code t} and band
 * {@code k} is {@code w[t] cos(-2 pi t k / (2 bands - 2)) / s}, or its sine, where {@code w} is the window and
 * {@code s} the square root of the sum of its squares (density), the sum of its absolute values (spectrum), or 1.
 */
public record Stft(Side side, Optional<FrameWindow> window, Scaling scaling, boolean periodic) implements Initializer {
    /** Which part of the complex result. */
    public enum Side {
        REAL,
        IMAG
    }

    /** What the window is divided by. */
    public enum Scaling {
        DENSITY,
        SPECTRUM,
        NONE
    }

    /** With the window of that name; {@link FrameWindow} says which there are. */
    public Stft window(String name) {
        return new Stft(side, Optional.of(FrameWindow.of(name)), scaling, periodic);
    }

    /** With these factors, one for each time of a frame. */
    public Stft window(double... factors) {
        return new Stft(side, Optional.of(FrameWindow.of(factors)), scaling, periodic);
    }

    public Stft withoutWindow() {
        return new Stft(side, Optional.empty(), scaling, periodic);
    }

    public Stft scaling(Scaling newScaling) {
        return new Stft(side, window, newScaling, periodic);
    }

    /**
     * Whether a window given by name is one period of a periodic one, rather than symmetric; Keras's default is not.
     */
    public Stft periodic(boolean newPeriodic) {
        return new Stft(side, window, scaling, newPeriodic);
    }

    @Override
    public HostArray apply(Shape shape, DType dtype) {
        if (shape.rank() != 3 || shape.size(2) < 2) {
            throw new ShapeException("[stft] expected a shape (frame, channels, bands) with 2 bands or more; received "
                    + shape + ". Use it for the kernel of a Conv1D.");
        }
        int frame = shape.size(0);
        int bands = shape.size(2);
        long row = (long) shape.size(1) * bands;
        double[] factors = factors(frame);
        double step = -2 * Math.PI / (2 * (bands - 1));
        return HostArray.zeros(shape, dtype).fill(i -> {
            int time = (int) (i / row);
            // The angle is reduced in whole numbers first, which keeps long frames exact.
            double angle = step * (time * (i % bands) % (2L * (bands - 1)));
            return factors[time] * (side == Side.REAL ? Math.cos(angle) : Math.sin(angle));
        });
    }

    /** The window over its scale. */
    private double[] factors(int frame) {
        double[] factors = window.isPresent() ? window.get().factors(frame, periodic) : FrameWindow.ones(frame);
        if (window.isEmpty() || scaling == Scaling.NONE) {
            return factors;
        }
        double sum = 0;
        for (double factor : factors) {
            sum += scaling == Scaling.DENSITY ? factor * factor : Math.abs(factor);
        }
        double scale = scaling == Scaling.DENSITY ? Math.sqrt(sum) : sum;
        for (int i = 0; i < frame; i++) {
            factors[i] /= scale;
        }
        return factors;
    }

    @Override
    public Map<String, Object> config() {
        Optional<String> divisor = scaling == Scaling.NONE
                ? Optional.empty()
                : Optional.of(scaling.name().toLowerCase(Locale.ROOT));
        return Initializers.config(
                "STFT",
                "side",
                side.name().toLowerCase(Locale.ROOT),
                "window",
                window.map(FrameWindow::toConfig),
                "periodic",
                periodic,
                "scaling",
                divisor);
    }

    static Stft fromConfig(Config config) {
        Side side = switch (config.text("side")) {
            case "real" -> Side.REAL;
            case "imag" -> Side.IMAG;
            default -> throw config.wrong("side", "\"real\" or \"imag\"");
        };
        Scaling scaling = config.isNull("scaling")
                ? Scaling.NONE
                : switch (config.text("scaling", "density")) {
                    case "density" -> Scaling.DENSITY;
                    case "spectrum" -> Scaling.SPECTRUM;
                    default -> throw config.wrong("scaling", "\"density\", \"spectrum\" or null");
                };
        return new Stft(side, FrameWindow.fromConfig(config), scaling, config.flag("periodic", false));
    }
}
