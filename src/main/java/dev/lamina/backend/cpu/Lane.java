package dev.lamina.backend.cpu;

import dev.lamina.tensor.DType;

/** The Java type that elements are computed in. */
enum Lane {
    /** float32, bfloat16 and float16. */
    FLOAT,
    /** float64. */
    DOUBLE,
    /** Integers and bool (0 or 1). */
    LONG;

    static Lane of(DType dtype) {
        return switch (dtype) {
            case FLOAT32, BFLOAT16, FLOAT16 -> FLOAT;
            case FLOAT64 -> DOUBLE;
            case INT32, INT64, UINT8, BOOL -> LONG;
        };
    }

    /** The type that keeps every element of {@code dtype} and sums them well: double for all floats. */
    static Lane wide(DType dtype) {
        return dtype.isFloating() ? DOUBLE : LONG;
    }
}
