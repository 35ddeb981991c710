package dev.lamina.runtime;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.errors.OutOfMemoryException;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.Storage;
import dev.lamina.tensor.TensorSpec;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Allocates the memory of tensors, and frees that of tensors nobody owns once they are unreachable. The garbage
 * collector only queues those; the queue is emptied at the next allocation, never while a step runs.
 */
public final class Memory {
    /**
     * A collection is asked for after so many bytes, or tensors, were allocated without an owner since the last one.
     */
    private static final long WATERMARK_BYTES = 512L << 20;

    private static final long WATERMARK_TENSORS = 250_000;
    private static final boolean TRACK = Boolean.getBoolean("dev.lamina.trackTensors");
    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();
    private static final Set<Unowned> UNOWNED = ConcurrentHashMap.newKeySet();
    private static final Map<Buffer, String> SITES = new ConcurrentHashMap<>();
    private static final AtomicLong BYTES_SINCE = new AtomicLong();
    private static final AtomicLong TENSORS_SINCE = new AtomicLong();

    private Memory() {}

    private static final class Unowned extends PhantomReference<Object> {
        private final Runnable release;

        private Unowned(Object owner, Runnable release) {
            super(owner, QUEUE);
            this.release = release;
        }
    }

    /** New storage of one owner; frees what is unreachable and tries again before giving up. */
    static Storage allocate(String name, TensorSpec spec) {
        drain();
        Backend backend = Backends.current();
        Buffer buffer = allocate(backend, name, spec.bytes());
        if (!TRACK) {
            return new Storage(buffer);
        }
        SITES.put(buffer, name + " " + spec + " allocated at " + CallSite.ofUser());
        return new Storage(buffer, () -> SITES.remove(buffer));
    }

    private static Buffer allocate(Backend backend, String name, long bytes) {
        return retrying(backend, name + " of " + bytes + " bytes", () -> backend.allocate(bytes));
    }

    /** Tries an allocation; when there is no memory left, frees what is unreachable or cached and tries once more. */
    static <T> T retrying(Backend backend, String what, Supplier<T> allocation) {
        try {
            return allocation.get();
        } catch (OutOfMemoryException e) {
            collect();
            backend.trim();
        }
        try {
            return allocation.get();
        } catch (OutOfMemoryException e) {
            e.addContext("while allocating " + what);
            e.addContext(liveReport());
            throw e;
        }
    }

    /** Runs an action some time after the owner has become unreachable; the action must not refer to it. */
    static void whenUnreachable(Object owner, Runnable action) {
        UNOWNED.add(new Unowned(owner, action));
    }

    /** From now on the tensor is freed after it becomes unreachable. */
    static void disown(ConcreteTensor tensor) {
        ConcreteTensor.Share share = tensor.share();
        whenUnreachable(tensor, () -> share.release("it became unreachable"));
        long bytes = BYTES_SINCE.addAndGet(tensor.spec().bytes());
        long tensors = TENSORS_SINCE.incrementAndGet();
        if (bytes > WATERMARK_BYTES || tensors > WATERMARK_TENSORS) {
            BYTES_SINCE.set(0);
            TENSORS_SINCE.set(0);
            collect();
        }
    }

    /** Frees the tensors that the garbage collector has found unreachable. */
    static void drain() {
        for (Reference<?> found = QUEUE.poll(); found != null; found = QUEUE.poll()) {
            if (found instanceof Unowned unowned && UNOWNED.remove(unowned)) {
                unowned.release.run();
            }
        }
    }

    /** Asks for a garbage collection, waits for it (bounded) and frees what it found unreachable. */
    public static void collect() {
        int before = UNOWNED.size();
        System.gc();
        for (int i = 0; i < 20; i++) {
            drain();
            if (UNOWNED.size() < before) {
                // The collector queues in one go; what is still missing comes with the next drain.
                break;
            }
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        drain();
    }

    /**
     * Who holds memory, the most frequent first: name, spec and allocation site of the live tensors and variables.
     * Needs {@code -Ddev.lamina.trackTensors=true}, and says so otherwise.
     */
    public static String liveReport() {
        if (!TRACK) {
            return "run with -Ddev.lamina.trackTensors=true to see who holds the memory";
        }
        return SITES.values().stream()
                .collect(Collectors.groupingBy(site -> site, Collectors.counting()))
                .entrySet()
                .stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry::getKey))
                .limit(20)
                .map(entry -> entry.getValue() + " x " + entry.getKey())
                .collect(Collectors.joining("\n  ", "live tensors:\n  ", ""));
    }
}
