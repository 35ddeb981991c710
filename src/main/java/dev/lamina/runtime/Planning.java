package dev.lamina.runtime;

import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** What stands for memory while something is planned. */
final class Planning {
    private Planning() {}

    /**
     * The value that a variable gets when it is first used.
     *
     * @param random whether it takes a seed; that is taken now, so that all seeds are what they would be without a plan
     */
    static Supplier<ConcreteTensor> defer(String name, TensorSpec spec, Supplier<HostArray> initial, boolean random) {
        OptionalLong seed = random ? OptionalLong.of(SeedGenerator.nextSeed()) : OptionalLong.empty();
        return () -> Variables.allocate(
                name, spec, seed.isPresent() ? SeedGenerator.seeded(seed.getAsLong(), initial) : initial.get());
    }

    /** The place of values that a plan never looks at. */
    record Nowhere(long bytes) implements Buffer {
        @Override
        public void download(long offset, MemorySegment destination) {
            throw new IllegalStateException("[plan] expected a step that computes without looking at values; it reads "
                    + "one. A model that does runs eagerly, and can't be planned.");
        }

        @Override
        public void upload(long offset, MemorySegment source) {}

        @Override
        public void free() {}
    }
}
