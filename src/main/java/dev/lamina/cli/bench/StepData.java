package dev.lamina.cli.bench;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Batches of standard normal inputs with random targets, from one fixed seed. */
final class StepData {
    private static final long SEED = 42;

    private final List<HostArray> x = new ArrayList<>();
    private final List<HostArray> targets = new ArrayList<>();

    /** @param input the type of the inputs */
    StepData(StepCase one, DType input) {
        Random random = random();
        for (int i = 0; i < one.pool(); i++) {
            HostArray inputs = HostArray.of(normal(random, one.batch() * one.inputs()), one.batch(), one.inputs());
            x.add(input == DType.FLOAT32 ? inputs : inputs.cast(input));
            targets.add(
                    one.isRegression()
                            ? HostArray.of(normal(random, one.batch() * one.outputs()), one.batch(), one.outputs())
                            : HostArray.of(
                                    random.ints(one.batch(), 0, one.outputs()).toArray(), one.batch()));
        }
    }

    static Random random() {
        return new Random(SEED);
    }

    static float[] normal(Random random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    List<HostArray> x() {
        return x;
    }

    List<HostArray> targets() {
        return targets;
    }
}
