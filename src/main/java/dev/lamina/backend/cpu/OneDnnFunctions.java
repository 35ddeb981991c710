package dev.lamina.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * oneDNN's C functions for layouts, primitives and memory objects. Handles of C objects are addresses, as numbers.
 * Loaded only where {@link OneDnn#instance} is present.
 */
final class OneDnnFunctions {
    /** {@code dnnl_stream_default_flags}, and the number of the engine kind {@code dnnl_cpu}. */
    private static final int DEFAULT = 1;

    private static final int USER_SCRATCHPAD = 1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final SymbolLookup LIBRARY = OneDnn.instance().orElseThrow().library();

    /** {@code dnnl_primitive_execute(primitive, stream, count, arguments)}. */
    static final MethodHandle EXECUTE = function("primitive_execute", LONG, LONG, INT, LONG);

    static final MethodHandle DESTROY_PRIMITIVE = function("primitive_destroy", LONG);
    static final MethodHandle DESTROY_DESCRIPTOR = function("primitive_desc_destroy", LONG);
    static final MethodHandle DESTROY_LAYOUT = function("memory_desc_destroy", LONG);
    static final MethodHandle DESTROY_MEMORY = function("memory_destroy", LONG);
    static final MethodHandle DESTROY_STREAM = function("stream_destroy", LONG);

    private static final MethodHandle CREATE_ENGINE = function("engine_create", LONG, INT, LONG);
    private static final MethodHandle CREATE_ATTRIBUTES = function("primitive_attr_create", LONG);
    private static final MethodHandle SET_SCRATCHPAD_MODE = function("primitive_attr_set_scratchpad_mode", LONG, INT);
    private static final MethodHandle CREATE_PRIMITIVE = function("primitive_create", LONG, LONG);
    private static final MethodHandle CREATE_STREAM = function("stream_create", LONG, LONG, INT);
    private static final MethodHandle CREATE_MEMORY = function("memory_create", LONG, LONG, LONG, LONG);
    private static final MethodHandle QUERY = function("primitive_desc_query", LONG, INT, INT, LONG);
    private static final MethodHandle EQUAL = function("memory_desc_equal", LONG, LONG);
    private static final MethodHandle SIZE = Linker.nativeLinker()
            .downcallHandle(LIBRARY.findOrThrow("dnnl_memory_desc_get_size"), FunctionDescriptor.of(LONG, LONG));

    /** The processor. */
    static final long ENGINE = made("engine_create", to -> (int) CREATE_ENGINE.invokeExact(to, DEFAULT, 0L));

    /** Attributes of primitives to which scratch memory is handed in. */
    static final long ATTRIBUTES = attributes();

    private OneDnnFunctions() {}

    /** A C function that gives a status. */
    static MethodHandle function(String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(LIBRARY.findOrThrow("dnnl_" + name), FunctionDescriptor.of(INT, arguments));
    }

    /** A call that writes a handle to an address and gives a status. */
    interface Maker {
        int make(long to) throws Throwable;
    }

    /** The handle that a call makes, or 0 if the library can't. */
    static long madeOrNone(String name, Maker maker) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment place = arena.allocate(LONG);
            return maker.make(place.address()) == 0 ? place.get(LONG, 0) : 0;
        } catch (Throwable e) {
            throw broken(name, e);
        }
    }

    /** The handle that a call makes. */
    static long made(String name, Maker maker) {
        long handle = madeOrNone(name, maker);
        if (handle == 0) {
            throw new IllegalStateException("[onednn] expected dnnl_" + name
                    + " to make an object; received an error. Switch oneDNN off by -Ddev.lamina.cpu.onednn=off.");
        }
        return handle;
    }

    static IllegalStateException broken(String name, Throwable cause) {
        return new IllegalStateException("[onednn] calling dnnl_" + name + " failed", cause);
    }

    private static long attributes() {
        long attributes = made("primitive_attr_create", to -> (int) CREATE_ATTRIBUTES.invokeExact(to));
        try {
            int status = (int) SET_SCRATCHPAD_MODE.invokeExact(attributes, USER_SCRATCHPAD);
            if (status != 0) {
                throw new IllegalStateException("[onednn] setting the scratchpad mode failed with status " + status);
            }
        } catch (Throwable e) {
            throw broken("primitive_attr_set_scratchpad_mode", e);
        }
        return attributes;
    }

    static long primitive(long descriptor) {
        return made("primitive_create", to -> (int) CREATE_PRIMITIVE.invokeExact(to, descriptor));
    }

    static long stream() {
        return made("stream_create", to -> (int) CREATE_STREAM.invokeExact(to, ENGINE, DEFAULT));
    }

    static long memory(long layout, MemorySegment data) {
        long address = data.address();
        return made("memory_create", to -> (int) CREATE_MEMORY.invokeExact(to, layout, ENGINE, address));
    }

    /** What a descriptor tells of itself: an address. */
    static long query(long descriptor, int what, int index) {
        return made("primitive_desc_query", to -> (int) QUERY.invokeExact(descriptor, what, index, to));
    }

    static boolean equal(long layout, long other) {
        try {
            return (int) EQUAL.invokeExact(layout, other) != 0;
        } catch (Throwable e) {
            throw broken("memory_desc_equal", e);
        }
    }

    static long bytes(long layout) {
        try {
            return (long) SIZE.invokeExact(layout);
        } catch (Throwable e) {
            throw broken("memory_desc_get_size", e);
        }
    }

    /** Frees a C object. */
    static void destroy(MethodHandle function, long handle) {
        try {
            int status = (int) function.invokeExact(handle);
            if (status != 0) {
                throw new IllegalStateException("[onednn] freeing an object failed with status " + status);
            }
        } catch (Throwable e) {
            throw broken("destroy", e);
        }
    }
}
