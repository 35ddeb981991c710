package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The pool that shares the work of one op. */
class CpuThreadsTest {
    @Test
    void coversEachIndexOnce() {
        for (int size : new int[] {1, 2, 3, 7}) {
            CpuThreads threads = new CpuThreads(size);
            for (int n : new int[] {0, 1, 2, 6, 13, 207, 4098}) {
                for (int grain : new int[] {0, 1, 5, 1000, 100_000}) {
                    AtomicIntegerArray visits = new AtomicIntegerArray(n);
                    AtomicInteger parts = new AtomicInteger();
                    threads.parallelFor(n, grain, (part, from, to) -> {
                        parts.incrementAndGet();
                        assertThat(part).isBetween(0, size - 1);
                        for (int i = (int) from; i < to; i++) {
                            visits.incrementAndGet(i);
                        }
                    });
                    for (int i = 0; i < n; i++) {
                        assertThat(visits.get(i))
                                .as("visits of %d of %d, grain %d", i, n, grain)
                                .isEqualTo(1);
                    }
                    assertThat(parts.get()).isEqualTo(n == 0 ? 0 : Math.clamp(n / Math.max(1, grain), 1, size));
                }
            }
        }
    }

    @Test
    void cutsTheSameWayEveryTime() {
        CpuThreads threads = new CpuThreads(3);
        Set<List<String>> cuts = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 200; i++) {
            List<String> cut = Collections.synchronizedList(new ArrayList<>());
            threads.parallelFor(1000, 1, (part, from, to) -> cut.add(part + ":" + from + "-" + to));
            cuts.add(new ArrayList<>(new TreeSet<>(cut)));
        }
        assertThat(cuts).containsExactly(List.of("0:0-334", "1:334-667", "2:667-1000"));
    }

    @Test
    void runsPartsOnSeveralThreadsAtOnce() {
        CpuThreads threads = new CpuThreads(2);
        CountDownLatch bothThere = new CountDownLatch(2);
        threads.parallelFor(2, 1, (part, from, to) -> {
            bothThere.countDown();
            assertThat(await(bothThere)).as("both parts run at once").isTrue();
        });
    }

    @Test
    void wakesWorkersThatSleep() throws InterruptedException {
        CpuThreads threads = new CpuThreads(2);
        for (int round = 0; round < 3; round++) {
            CountDownLatch bothThere = new CountDownLatch(2);
            threads.parallelFor(2, 1, (part, from, to) -> {
                bothThere.countDown();
                assertThat(await(bothThere)).isTrue();
            });
            Thread.sleep(20);
        }
    }

    @Test
    void throwsToTheCallerAndGoesOnWorking() {
        CpuThreads threads = new CpuThreads(4);
        for (int failing = 0; failing < 4; failing++) {
            int bad = failing;
            assertThatThrownBy(() -> threads.parallelFor(4, 1, (part, from, to) -> {
                        if (part == bad) {
                            throw new IllegalArgumentException("part " + part);
                        }
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("part " + bad);
        }
        assertThatThrownBy(() -> threads.parallelFor(4, 1, (part, from, to) -> {
                    throw new StackOverflowError();
                }))
                .isInstanceOf(StackOverflowError.class);
        AtomicInteger sum = new AtomicInteger();
        threads.parallelFor(4, 1, (part, from, to) -> sum.addAndGet((int) (to - from)));
        assertThat(sum.get()).isEqualTo(4);
    }

    /** Two parts, so that the third thread would be free to help. */
    @Test
    void runsARegionWithinARegionOnItsCaller() {
        CpuThreads threads = new CpuThreads(3);
        AtomicInteger inner = new AtomicInteger();
        threads.parallelFor(2, 1, (part, from, to) -> {
            Thread caller = Thread.currentThread();
            List<Integer> parts = new ArrayList<>();
            threads.parallelFor(7, 1, (innerPart, innerFrom, innerTo) -> {
                assertThat(Thread.currentThread()).isSameAs(caller);
                LockSupport.parkNanos(2_000_000);
                parts.add(innerPart);
                inner.addAndGet((int) (innerTo - innerFrom));
            });
            assertThat(parts).containsExactly(0, 1, 2);
        });
        assertThat(inner.get()).isEqualTo(14);
    }

    @Test
    void servesSeveralCallersAtOnce() throws InterruptedException {
        CpuThreads threads = new CpuThreads(2);
        AtomicInteger sum = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            callers.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 1000; round++) {
                    threads.parallelFor(10, 1, (part, from, to) -> sum.addAndGet((int) (to - from)));
                }
            }));
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(sum.get()).isEqualTo(40_000);
    }

    @Test
    void keepsOneThreadPoolOfDaemons() {
        CpuThreads threads = new CpuThreads(2);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 500; i++) {
            threads.parallelFor(100, 1, (part, from, to) -> seen.add(Thread.currentThread()));
        }
        seen.remove(Thread.currentThread());
        assertThat(seen).hasSizeLessThanOrEqualTo(1).allMatch(Thread::isDaemon);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }
}
