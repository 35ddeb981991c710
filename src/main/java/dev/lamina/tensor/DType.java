package dev.lamina.tensor;

import java.util.Locale;

/** The element types of tensors. {@link #toString} gives Keras's name, {@code "float32"}. */
public enum DType {
    FLOAT32(4, Kind.FLOATING),
    FLOAT64(8, Kind.FLOATING),
    BFLOAT16(2, Kind.FLOATING),
    FLOAT16(2, Kind.FLOATING),
    INT32(4, Kind.INTEGER),
    INT64(8, Kind.INTEGER),
    UINT8(1, Kind.INTEGER),
    BOOL(1, Kind.BOOLEAN);

    private enum Kind {
        FLOATING,
        INTEGER,
        BOOLEAN
    }

    private final int bytes;
    private final Kind kind;

    DType(int bytes, Kind kind) {
        this.bytes = bytes;
        this.kind = kind;
    }

    /** The size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    public boolean isFloating() {
        return kind == Kind.FLOATING;
    }

    /** Whether it is a floating-point type of 16 bits. */
    public boolean isHalf() {
        return isFloating() && bytes == Short.BYTES;
    }

    public boolean isInteger() {
        return kind == Kind.INTEGER;
    }

    /**
     * The type of that Keras name, such as {@code "float32"}; an unknown name is an {@link IllegalArgumentException}.
     */
    public static DType of(String name) {
        for (DType type : values()) {
            if (type.toString().equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException("[DType] expected one of float32, float64, bfloat16, float16, int32, int64, "
                + "uint8, bool; received \"" + name + "\".");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
