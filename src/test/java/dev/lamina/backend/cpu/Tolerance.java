package dev.lamina.backend.cpu;

import dev.lamina.tensor.HostArray;

/** Compares arrays element by element. */
final class Tolerance {
    private Tolerance() {}

    /** Fails unless {@code |actual - expected| <= relative |expected| + absolute} everywhere; NaN equals NaN. */
    static void check(String what, HostArray actual, HostArray expected, double relative, double absolute) {
        if (!actual.shape().equals(expected.shape())) {
            throw new AssertionError(what + ": shape " + actual.shape() + " instead of " + expected.shape());
        }
        for (long i = 0; i < expected.elements(); i++) {
            double is = actual.getDouble(i);
            double wanted = expected.getDouble(i);
            boolean same = Double.compare(is, wanted) == 0 || is == wanted;
            if (!same && !(Math.abs(is - wanted) <= relative * Math.abs(wanted) + absolute)) {
                throw new AssertionError(what + ": element " + i + " is " + is + " instead of " + wanted);
            }
        }
    }
}
