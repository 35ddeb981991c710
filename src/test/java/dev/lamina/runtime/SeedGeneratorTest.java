package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Generators with a state that is a variable: eager and traced draws continue one sequence. */
class SeedGeneratorTest {
    private static final Shape SHAPE = Shape.of(5);

    private final List<SeedGenerator> generators = new ArrayList<>();

    private SeedGenerator generator(long seed) {
        SeedGenerator generator = new SeedGenerator(seed);
        generators.add(generator);
        return generator;
    }

    @AfterEach
    void close() {
        generators.forEach(generator -> generator.state().close());
    }

    @Test
    void theSameSeedDrawsTheSameSequence() {
        SeedGenerator a = generator(42);
        SeedGenerator b = generator(42);
        for (int i = 0; i < 3; i++) {
            assertThat(a.normal(SHAPE, DType.FLOAT32).toFloatArray())
                    .containsExactly(b.normal(SHAPE, DType.FLOAT32).toFloatArray());
        }
    }

    @Test
    void drawsDifferFromEachOtherAndFromThoseOfOtherSeeds() {
        Set<Float> seen = new HashSet<>();
        for (long seed : new long[] {1, 2, -1}) {
            SeedGenerator generator = generator(seed);
            for (int i = 0; i < 4; i++) {
                for (float value :
                        generator.uniform(Shape.of(50), DType.FLOAT32).toFloatArray()) {
                    seen.add(value);
                }
            }
        }
        // 600 of 2^24 numbers: two are equal by chance with probability 0.01; the seeds are fixed.
        assertThat(seen).hasSizeGreaterThanOrEqualTo(599);
    }

    @Test
    void theStateIsTheSeedAndTheNumberOfDraws() {
        SeedGenerator generator = generator(-9);
        assertThat(generator.state().toHost().toLongArray()).containsExactly(-9, 0);
        generator.uniform(SHAPE, DType.FLOAT32);
        generator.normal(SHAPE, DType.FLOAT64);
        assertThat(generator.state().toHost().toLongArray()).containsExactly(-9, 2);
        assertThat(generator.state().trainable()).isFalse();
    }

    @Test
    void tracedDrawsAreTheEagerOnes() {
        SeedGenerator eager = generator(7);
        SeedGenerator traced = generator(7);
        try (CompiledStep step = Execution.compile(
                List.of(),
                none -> List.of(traced.uniform(SHAPE, DType.FLOAT32), traced.normal(SHAPE, DType.FLOAT64)))) {
            for (int run = 0; run < 3; run++) {
                step.run();
                Tensor uniform = eager.uniform(SHAPE, DType.FLOAT32);
                Tensor normal = eager.normal(SHAPE, DType.FLOAT64);
                assertThat(step.output(0).toFloatArray()).as("run %d", run).containsExactly(uniform.toFloatArray());
                assertThat(step.output(1).toDoubleArray()).as("run %d", run).containsExactly(normal.toDoubleArray());
            }
        }
        assertThat(traced.state().toHost().toLongArray()).containsExactly(7, 6);
    }

    @Test
    void theGlobalSeedMakesFreshGeneratorsRepeatable() {
        SeedGenerator.setGlobalSeed(5);
        List<Long> first = List.of(SeedGenerator.nextSeed(), SeedGenerator.nextSeed(), SeedGenerator.nextSeed());
        SeedGenerator.setGlobalSeed(5);
        List<Long> second = List.of(SeedGenerator.nextSeed(), SeedGenerator.nextSeed(), SeedGenerator.nextSeed());
        SeedGenerator.setGlobalSeed(6);
        long other = SeedGenerator.nextSeed();
        assertThat(first).isEqualTo(second).doesNotHaveDuplicates().doesNotContain(other);
    }
}
