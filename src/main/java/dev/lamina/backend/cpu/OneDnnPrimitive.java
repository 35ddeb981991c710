package dev.lamina.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An op that oneDNN has compiled for fixed sizes and layouts. Made to run on one thread; several may run it at once on
 * memory of their own. Freed when nobody holds it any more.
 */
final class OneDnnPrimitive {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int IMPLEMENTATION_NAME = 8;

    /** An argument: its number when the primitive runs, and where the descriptor tells its layout. */
    enum Role {
        SOURCE(1, 129, 0),
        RESULT(17, 133, 0),
        WEIGHTS(33, 131, 0),
        BIAS(41, 131, 1),
        SCRATCH(80, 136, 0),
        SOURCE_GRADIENT(129, 130, 0),
        RESULT_GRADIENT(145, 134, 0),
        WEIGHTS_GRADIENT(161, 132, 0);

        private final int number;
        private final int query;
        private final int index;

        Role(int number, int query, int index) {
            this.number = number;
            this.query = query;
            this.index = index;
        }
    }

    /** Memory for one argument. */
    record Argument(Role role, MemorySegment data) {}

    private final long descriptor;
    private final long handle;

    private OneDnnPrimitive(long descriptor) {
        long primitive = OneDnnFunctions.primitive(descriptor);
        this.descriptor = descriptor;
        this.handle = primitive;
        CLEANER.register(this, () -> {
            OneDnnFunctions.destroy(OneDnnFunctions.DESTROY_PRIMITIVE, primitive);
            OneDnnFunctions.destroy(OneDnnFunctions.DESTROY_DESCRIPTOR, descriptor);
        });
    }

    /** The primitive of the descriptor that a call makes; none where the library has no fast code for it. */
    static Optional<OneDnnPrimitive> of(String name, OneDnnFunctions.Maker descriptor) {
        int threads = OneDnn.alone();
        try {
            long made = OneDnnFunctions.madeOrNone(name, descriptor);
            if (made == 0) {
                return Optional.empty();
            }
            if (implementation(made).startsWith("ref")) {
                OneDnnFunctions.destroy(OneDnnFunctions.DESTROY_DESCRIPTOR, made);
                return Optional.empty();
            }
            return Optional.of(new OneDnnPrimitive(made));
        } finally {
            OneDnn.restore(threads);
        }
    }

    private static String implementation(long descriptor) {
        long name = OneDnnFunctions.query(descriptor, IMPLEMENTATION_NAME, 0);
        return MemorySegment.ofAddress(name).reinterpret(Integer.MAX_VALUE).getString(0);
    }

    /** An argument's layout, valid as long as this primitive. */
    long layout(Role role) {
        return OneDnnFunctions.query(descriptor, role.query, role.index);
    }

    /** The bytes of an argument. */
    long bytes(Role role) {
        return OneDnnFunctions.bytes(layout(role));
    }

    /** What ran last is called by its descriptor's handle: a hint for gradients. */
    long descriptor() {
        return descriptor;
    }

    /** Binds the primitive to memory, for repeated runs by one thread at a time. Empty memory is no argument. */
    Runnable bind(List<Argument> arguments) {
        return new Bound(
                this, arguments.stream().filter(one -> one.data.byteSize() > 0).toList());
    }

    /** A primitive with its arguments. */
    private static final class Bound implements Runnable {
        /** {@code struct { int arg; dnnl_memory_t memory; }}. */
        private static final int ARGUMENT_BYTES = 16;

        private final OneDnnPrimitive primitive;
        private final long handle;
        private final MemorySegment arguments;
        private final long address;
        private final int count;
        private final long stream;

        Bound(OneDnnPrimitive primitive, List<Argument> all) {
            this.primitive = primitive;
            this.handle = primitive.handle;
            this.count = all.size();
            this.arguments = Arena.ofAuto().allocate((long) count * ARGUMENT_BYTES, 8);
            this.address = arguments.address();
            this.stream = OneDnnFunctions.stream();
            List<Long> memories = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Argument one = all.get(i);
                long memory = OneDnnFunctions.memory(primitive.layout(one.role), one.data);
                memories.add(memory);
                arguments.set(ValueLayout.JAVA_INT, (long) i * ARGUMENT_BYTES, one.role.number);
                arguments.set(ValueLayout.JAVA_LONG, (long) i * ARGUMENT_BYTES + 8, memory);
            }
            long made = stream;
            CLEANER.register(this, () -> {
                memories.forEach(memory -> OneDnnFunctions.destroy(OneDnnFunctions.DESTROY_MEMORY, memory));
                OneDnnFunctions.destroy(OneDnnFunctions.DESTROY_STREAM, made);
            });
        }

        @Override
        public void run() {
            MethodHandle execute = OneDnnFunctions.EXECUTE;
            int threads = OneDnn.alone();
            int status;
            try {
                status = (int) execute.invokeExact(handle, stream, count, address);
            } catch (Throwable e) {
                throw OneDnnFunctions.broken("primitive_execute", e);
            } finally {
                OneDnn.restore(threads);
                Reference.reachabilityFence(primitive);
                Reference.reachabilityFence(this);
            }
            if (status != 0) {
                throw new IllegalStateException("[onednn] dnnl_primitive_execute failed with status " + status + ".");
            }
        }
    }
}
