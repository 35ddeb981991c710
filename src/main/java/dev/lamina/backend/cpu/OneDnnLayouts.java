package dev.lamina.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** Layouts of float32 arrays (memory descriptors) while a primitive is made. Closing frees them. */
final class OneDnnLayouts implements AutoCloseable {
    /** {@code dnnl_f32}. */
    private static final int FLOAT32 = 3;

    /** {@code dnnl_format_tag_any}. */
    private static final int ANY = 1;

    private static final MethodHandle WITH_TAG =
            OneDnnFunctions.function("memory_desc_create_with_tag", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle WITH_STRIDES = OneDnnFunctions.function(
            "memory_desc_create_with_strides", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);

    private final Arena arena = Arena.ofConfined();
    private final List<Long> made = new ArrayList<>();

    /** Of so many elements along each axis, each axis' neighbours so many elements apart. */
    long strided(long[] sizes, long[] strides) {
        long size = longs(sizes);
        long stride = longs(strides);
        return keep(OneDnnFunctions.made("memory_desc_create_with_strides", to ->
                (int) WITH_STRIDES.invokeExact(to, sizes.length, size, FLOAT32, stride)));
    }

    /** In an order that the library chooses. */
    long any(long[] sizes) {
        long size = longs(sizes);
        return keep(OneDnnFunctions.made(
                "memory_desc_create_with_tag", to -> (int) WITH_TAG.invokeExact(to, sizes.length, size, FLOAT32, ANY)));
    }

    private long keep(long layout) {
        made.add(layout);
        return layout;
    }

    /** The address of numbers, valid until closing. */
    long longs(long... values) {
        return arena.allocateFrom(JAVA_LONG, values).address();
    }

    @Override
    public void close() {
        made.forEach(layout -> OneDnnFunctions.destroy(OneDnnFunctions.DESTROY_LAYOUT, layout));
        arena.close();
    }
}
