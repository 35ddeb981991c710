package dev.lamina.layers;

import dev.lamina.tensor.DType;

/** How layers take means and variances. */
final class Statistics {
    private Statistics() {}

    /** Those of half-precision data are taken in float32. */
    static DType type(DType type) {
        return type == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
    }
}
