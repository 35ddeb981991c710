package dev.lamina.initializers;

import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Philox;
import java.util.OptionalLong;

/** Random numbers on the host: a sequence from Philox for each use, by its seed or a fresh one. */
final class Draws {
    private final long seed;
    private final int[] words = new int[4];
    private long block;
    private int next = 4;

    Draws(OptionalLong seed) {
        this.seed = seed.isPresent() ? seed.getAsLong() : SeedGenerator.nextSeed();
    }

    static HostArray uniform(HostArray values, double low, double high, OptionalLong seed) {
        Draws draws = new Draws(seed);
        return values.fill(i -> low + (high - low) * draws.uniform());
    }

    static HostArray normal(HostArray values, double mean, double deviation, OptionalLong seed) {
        Draws draws = new Draws(seed);
        return values.fill(i -> mean + deviation * draws.normal());
    }

    static HostArray truncatedNormal(HostArray values, double mean, double deviation, OptionalLong seed) {
        Draws draws = new Draws(seed);
        return values.fill(i -> {
            double normal = draws.normal();
            while (Math.abs(normal) > 2) {
                normal = draws.normal();
            }
            return mean + deviation * normal;
        });
    }

    double uniform() {
        if (next == 4) {
            Philox.block(seed, 0, block++, words);
            next = 0;
        }
        return (words[next++] & 0xffffffffL) * 0x1p-32;
    }

    double normal() {
        double radius = Math.sqrt(-2 * Math.log(uniform() + 0x1p-32));
        return radius * Math.cos(2 * Math.PI * uniform());
    }
}
