package dev.lamina.ops;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Elements;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;

/**
 * How far a result may be from the float64 run of the same op on the same inputs. With {@code u} the unit roundoff of
 * the type that is computed in (float32 for the 16-bit types), the distance is at most {@code ulps * u *
 * max(|reference|, scale)}, and for a 16-bit type half a unit in the last place more, for storing the result; subnormal
 * results may be off by one unit. 0 ulps mean the reference, correctly rounded.
 *
 * @param scale the size of the terms that make up the result, where they may cancel
 */
record Accuracy(double ulps, double scale) {
    static final Accuracy EXACT = new Accuracy(0, 0);

    /** A few operations that are each correctly rounded. */
    static Accuracy ulps(double ulps) {
        return new Accuracy(ulps, 0);
    }

    /**
     * A sum of so many terms of about size 1 in any order: the errors of a plain loop in the computing type are partial
     * sums of up to {@code terms}, each rounded, which makes {@code 0.7 * terms * u} on average; 4 leaves room for
     * chance.
     */
    static Accuracy sumOf(long terms) {
        return new Accuracy(4, Math.max(1, terms));
    }

    double bound(DType dtype, double reference) {
        double roundoff = dtype == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
        double store = switch (dtype) {
            // The smallest subnormal number each, below which a type has no relative accuracy.
            case BFLOAT16 -> Math.max(Math.abs(reference) * 0x1p-8, 0x1p-133);
            case FLOAT16 -> Math.max(Math.abs(reference) * 0x1p-11, 0x1p-24);
            case FLOAT32 -> 0x1p-149;
            case FLOAT64, INT32, INT64, UINT8, BOOL -> 0;
        };
        return ulps * roundoff * Math.max(Math.abs(reference), scale) + store;
    }

    boolean accepts(DType dtype, double actual, double reference) {
        double rounded = rounded(dtype, reference);
        if (ulps == 0 || !dtype.isFloating() || Double.isNaN(reference) || Double.isInfinite(rounded)) {
            return Double.isNaN(rounded) ? Double.isNaN(actual) : actual == rounded;
        }
        return Math.abs(actual - reference) <= bound(dtype, reference);
    }

    private static double rounded(DType dtype, double value) {
        HostArray one = HostArray.zeros(Shape.of(1), dtype);
        Elements.setDouble(one.data(), dtype, 0, value);
        return one.getDouble(0);
    }
}
