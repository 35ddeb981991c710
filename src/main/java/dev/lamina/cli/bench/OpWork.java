package dev.lamina.cli.bench;

import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.NN;
import dev.lamina.runtime.Ops;
import dev.lamina.runtime.Scope;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/** Single ops on large tensors that lie on the device: a compiled step of nothing else. */
final class OpWork extends LoopWork {
    private static final int ROWS = 65536;
    private static final int COLUMNS = 4096;

    /** 25 matrices of 4 million parameters. */
    private static final int WEIGHTS = 25;

    private static final int SIDE = 2000;

    private final List<Variable> memory = new ArrayList<>();
    private final String size;
    private final long samples;
    private double bytes;
    private Optional<Optimizer> optimizer = Optional.empty();
    private Optional<CompiledStep> step = Optional.empty();

    private OpWork(long samples, String size) {
        this.samples = samples;
        this.size = size;
    }

    /** Of tensors of 2^28 float32: a sample is an element, which is read and written once. */
    private static OpWork elements(BenchSizes sizes) {
        int columns = sizes.of(COLUMNS);
        // One more than the two of the op: a tensor is made before it is copied.
        int rows = sizes.fit(sizes.of(ROWS), 3L * columns * Float.BYTES);
        OpWork work = new OpWork((long) rows * columns, rows + "x" + columns + " float32");
        work.memory.add(work.random(rows, columns));
        work.bytes = 2 * Float.BYTES;
        return work;
    }

    /** {@code relu(x w + b)}, or {@code x w} alone, of bfloat16: a sample is a row of x. */
    static OpWork gemm(BenchSizes sizes, boolean epilogue) {
        int inner = sizes.of(4096);
        int columns = sizes.of(4096);
        int rows = sizes.fit(sizes.of(8192), 2L * (inner + columns));
        OpWork work = new OpWork(rows, rows + "x" + columns + "x" + inner + " bfloat16");
        Random random = StepData.random();
        Variable x = work.add(StepData.normal(random, rows * inner), rows, inner);
        Variable w = work.add(StepData.normal(random, inner * columns), inner, columns);
        Variable bias = work.add(StepData.normal(random, columns), columns);
        return work.compiled(() -> {
            Tensor y = Ops.matmul(x, w);
            return List.of(epilogue ? Ops.relu(Ops.add(y, bias)) : y);
        });
    }

    /** From one tensor to another: what the others can reach. */
    static OpWork copy(BenchSizes sizes) {
        OpWork work = elements(sizes);
        Variable from = work.memory.getFirst();
        Variable to = Variables.create("copy", from, false);
        work.memory.add(to);
        return work.compiled(() -> {
            to.assign(from);
            return List.of();
        });
    }

    static OpWork relu(BenchSizes sizes) {
        OpWork work = elements(sizes);
        return work.compiled(() -> List.of(Ops.relu(work.memory.getFirst())));
    }

    static OpWork softmax(BenchSizes sizes) {
        OpWork work = elements(sizes);
        return work.compiled(() -> List.of(NN.softmax(work.memory.getFirst())));
    }

    static OpWork layerNorm(BenchSizes sizes) {
        OpWork work = elements(sizes);
        int columns = work.memory.getFirst().shape().size(-1);
        Variable scale = work.random(1, columns);
        Variable shift = work.random(1, columns);
        work.memory.addAll(List.of(scale, shift));
        return work.compiled(() -> List.of(
                NN.layerNorm(work.memory.getFirst(), Ops.reshape(scale, columns), Ops.reshape(shift, columns), 1e-3)));
    }

    /** A sample is a parameter: read with its gradient and two moments, written with these. */
    static OpWork adam(BenchSizes sizes) {
        int side = sizes.of(SIDE);
        int count = sizes.fit(WEIGHTS, 5L * side * side * Float.BYTES);
        OpWork work = new OpWork((long) count * side * side, count + " of " + side + "x" + side + " float32");
        List<Variable> weights = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            weights.add(work.random(side, side));
            gradients.add(work.random(side, side));
            work.memory.add(weights.getLast());
            work.memory.add((Variable) gradients.getLast());
        }
        work.bytes = 7 * Float.BYTES;
        Optimizer adam = new Adam(1e-3);
        work.optimizer = Optional.of(adam);
        return work.compiled(() -> {
            adam.apply(gradients, weights);
            return List.of();
        });
    }

    private OpWork compiled(Supplier<List<Tensor>> program) {
        try {
            step = Optional.of(Execution.compile(List.of(), _ -> program.get()));
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private Variable add(float[] values, int... sizes) {
        Variable variable =
                Variables.create("operand", HostArray.of(values, sizes).cast(DType.BFLOAT16), false);
        memory.add(variable);
        return variable;
    }

    /** Made on the device, out of a row and a column. */
    private Variable random(int rows, int columns) {
        Random random = StepData.random();
        try (Scope _ = Scope.open()) {
            Tensor row = Ops.tensor(StepData.normal(random, columns), columns);
            Tensor column = Ops.tensor(StepData.normal(random, rows), rows, 1);
            return Variables.create("operand", Ops.add(column, row), true);
        }
    }

    @Override
    void step() {
        step.orElseThrow().run();
    }

    @Override
    void await() {
        step.orElseThrow().await();
    }

    @Override
    public long samples() {
        return samples;
    }

    @Override
    public double bytes() {
        return bytes;
    }

    @Override
    public Map<String, Object> facts() {
        return Map.of("size", size);
    }

    @Override
    public void close() {
        step.ifPresent(CompiledStep::close);
        optimizer.ifPresent(Optimizer::close);
        memory.forEach(Variable::close);
    }
}
