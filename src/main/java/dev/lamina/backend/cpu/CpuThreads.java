package dev.lamina.backend.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share the work of one op: the caller and {@code size - 1} daemon threads, started at the first use.
 * One region runs at a time; a region entered meanwhile, or from within one, runs on its caller alone, in the same
 * parts. Workers spin for a moment before they sleep, since a step's ops follow each other within microseconds.
 */
final class CpuThreads {
    /** A part of a range of work. */
    interface RangeBody {
        /** @param part the number of this part, less than {@link CpuThreads#size}; no two threads run the same part */
        void run(int part, long from, long to);
    }

    /**
     * How long a worker looks for work before it sleeps: longer than what one thread does alone within a step, since
     * waking it can take as long as an op.
     */
    private static final long SPIN_NANOS = 200_000;

    /**
     * The parts of one range. A thread takes the part of its own number first, so that it meets again what it has in
     * its cache, and then what others have not begun.
     */
    private static final class Region {
        private final RangeBody body;
        private final long n;
        private final int parts;
        private final AtomicIntegerArray taken;
        private final AtomicInteger untaken;
        private final AtomicInteger unfinished;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Region(RangeBody body, long n, int parts) {
            this.body = body;
            this.n = n;
            this.parts = parts;
            this.taken = new AtomicIntegerArray(parts);
            this.untaken = new AtomicInteger(parts);
            this.unfinished = new AtomicInteger(parts);
        }

        boolean hasMore() {
            return untaken.get() > 0;
        }

        /** @param thread the number of the thread, the caller's being 0 */
        void work(int thread) {
            for (int i = 0; i < parts && hasMore(); i++) {
                int part = (thread + i) % parts;
                if (taken.compareAndSet(part, 0, 1)) {
                    untaken.decrementAndGet();
                    try {
                        runPart(body, n, parts, part);
                    } catch (RuntimeException | Error e) {
                        failure.compareAndSet(null, e);
                    } finally {
                        unfinished.decrementAndGet();
                    }
                }
            }
        }

        @SuppressWarnings("ThreadPriorityCheck") // Yielding only spares a busy machine; nothing depends on it.
        void awaitEnd() {
            for (int spins = 0; unfinished.get() > 0; spins++) {
                if (spins < 10_000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            switch (failure.get()) {
                case null -> {}
                case Error error -> throw error;
                case RuntimeException exception -> throw exception;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }

    private final class Worker extends Thread {
        private final int number;
        volatile boolean asleep;

        Worker(int number) {
            super("lamina-cpu-" + number);
            this.number = number;
            setDaemon(true);
        }

        @Override
        public void run() {
            long idleSince = System.nanoTime();
            while (true) {
                Region region = current;
                if (region != null && region.hasMore()) {
                    region.work(number);
                    idleSince = System.nanoTime();
                } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    sleep();
                    idleSince = System.nanoTime();
                }
            }
        }

        private void sleep() {
            asleep = true;
            // Seen by start() or seeing its region: one of the two, since both fields are volatile.
            while (asleep && current == null) {
                LockSupport.park(CpuThreads.this);
            }
            asleep = false;
        }
    }

    private final int size;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile @Nullable Region current;
    private volatile long regions;
    private Worker @Nullable [] workers;

    /** A pool of so many threads, the caller included. */
    CpuThreads(int size) {
        this.size = Math.max(1, size);
    }

    int size() {
        return size;
    }

    /** How many ranges were shared out among threads so far. */
    long regions() {
        return regions;
    }

    /**
     * Runs the body over {@code [0, n)} in at most {@link #size} parts of about equal length and at least {@code grain}
     * (but for a range shorter than that). The borders depend on {@code n}, {@code grain} and the size alone. Returns
     * when all parts have ended; throws what one of them threw.
     */
    void parallelFor(long n, long grain, RangeBody body) {
        if (n <= 0) {
            return;
        }
        int parts = parts(n, grain);
        if (parts == 1) {
            body.run(0, 0, n);
        } else if (busy.compareAndSet(false, true)) {
            try {
                Region region = new Region(body, n, parts);
                start(region);
                region.work(0);
                region.awaitEnd();
            } finally {
                current = null;
                busy.set(false);
            }
        } else {
            for (int part = 0; part < parts; part++) {
                runPart(body, n, parts, part);
            }
        }
    }

    /** How many parts {@link #parallelFor} makes. */
    int parts(long n, long grain) {
        return Math.clamp(n / Math.max(1, grain), 1, size);
    }

    private static void runPart(RangeBody body, long n, int parts, int part) {
        long each = n / parts;
        long longer = n % parts;
        long from = part * each + Math.min(part, longer);
        body.run(part, from, from + each + (part < longer ? 1 : 0));
    }

    /** Only called by the thread that holds {@link #busy}. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread at a time.
    private void start(Region region) {
        regions++;
        Worker[] all = workers;
        if (all == null) {
            all = new Worker[size - 1];
            for (int i = 0; i < all.length; i++) {
                all[i] = new Worker(i + 1);
                all[i].start();
            }
            workers = all;
        }
        current = region;
        for (int i = 0; i < region.parts - 1; i++) {
            if (all[i].asleep) {
                all[i].asleep = false;
                LockSupport.unpark(all[i]);
            }
        }
    }
}
