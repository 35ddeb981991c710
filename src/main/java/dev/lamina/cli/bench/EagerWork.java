package dev.lamina.cli.bench;

import dev.lamina.backend.Backends;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.Map;

/** Ops one by one, as they are written: additions of 16 numbers, each to the result of the one before. */
final class EagerWork extends LoopWork {
    private static final int OPS = 1000;

    private final Variable x = Variables.create("x", HostArray.of(new float[16], 16), false);
    private final Variable one =
            Variables.create("one", HostArray.of(StepData.normal(StepData.random(), 16), 16), false);
    private final int ops;

    EagerWork(BenchSizes sizes) {
        ops = sizes.of(OPS);
    }

    @Override
    void step() {
        try (Scope _ = Scope.open()) {
            Tensor y = x;
            for (int i = 0; i < ops; i++) {
                y = Ops.add(y, one);
            }
        }
    }

    @Override
    void await() {
        Backends.current().synchronize();
    }

    @Override
    public long samples() {
        return ops;
    }

    @Override
    public Map<String, Object> facts() {
        return Map.of("size", ops + " ops a step, 16 float32");
    }

    @Override
    public void close() {
        x.close();
        one.close();
    }
}
