package dev.lamina.models;

import dev.lamina.errors.ReleasedTensorException;
import dev.lamina.errors.ShapeException;
import dev.lamina.graph.Node;
import dev.lamina.layers.CallLosses;
import dev.lamina.runtime.CompiledStep;
import dev.lamina.runtime.Execution;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.Lock;
import java.util.function.UnaryOperator;

/**
 * A model's prediction for inputs of fixed shapes, for serving: {@link #predict} reads the caller's memory, writes to
 * the caller's memory, and leaves no garbage. Any number of threads, virtual ones too, may call it at the same time;
 * they are served in the order they came. It always uses the model's present weights. While the model is in fit,
 * evaluate or predict, it waits; a layer that is replaced in the model later needs a new predictor.
 *
 * <pre>{@code
 * try (Predictor predictor = model.predictor(Shape.of(1, 784))) {
 *     float[] image = new float[784], scores = new float[10];
 *     predictor.predict(image, scores);
 * }
 * }</pre>
 */
public final class Predictor implements AutoCloseable {
    private final String name;
    private final Lock lock;
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;
    private final List<CompiledStep> all = new ArrayList<>();
    private final BlockingQueue<CompiledStep> idle;
    private volatile boolean closed;

    /** @param lock held while a call runs */
    Predictor(Model model, UnaryOperator<List<Tensor>> program, List<TensorSpec> inputs, int callers, Lock lock) {
        if (callers < 1) {
            throw new IllegalArgumentException(
                    "[" + model.name() + "] expected a predictor for at least 1 caller; received " + callers + ".");
        }
        this.name = model.name();
        this.lock = lock;
        this.inputs = List.copyOf(inputs);
        model.computeOutputSpecs(this.inputs);
        // Tracing calls the layers, whose losses of the last call stay those of the last step.
        CallLosses losses = CallLosses.of(model);
        try {
            int count = callers;
            for (int i = 0; i < count; i++) {
                CompiledStep step = Execution.compile(this.inputs, program);
                all.add(step);
                if (changesVariables(step)) {
                    count = 1;
                }
            }
        } catch (RuntimeException | Error e) {
            all.forEach(CompiledStep::close);
            throw e;
        } finally {
            losses.restore();
        }
        outputs = all.get(0).outputs().stream().map(Tensor::spec).toList();
        idle = new ArrayBlockingQueue<>(all.size(), true, all);
    }

    /** Where a prediction draws random numbers, or has another effect, calls run one after the other. */
    private static boolean changesVariables(CompiledStep step) {
        return step.graph().nodes().stream().anyMatch(node -> node.kind() instanceof Node.Assign);
    }

    /** What is to be given, in this order. */
    public List<TensorSpec> inputSpecs() {
        return inputs;
    }

    /** What comes out, in this order. */
    public List<TensorSpec> outputSpecs() {
        return outputs;
    }

    /**
     * Predicts, for a model of one float32 input and output.
     *
     * @param x the input's elements, row by row
     * @param y takes the output's elements
     * @throws ShapeException if an array has not exactly as many elements, or the model has other inputs or outputs
     */
    public void predict(float[] x, float[] y) {
        requireFloats(inputs, "input");
        requireFloats(outputs, "output");
        predict(MemorySegment.ofArray(x), MemorySegment.ofArray(y));
    }

    private void requireFloats(List<TensorSpec> specs, String what) {
        if (specs.size() != 1 || specs.get(0).dtype() != DType.FLOAT32) {
            throw new ShapeException("[" + name + "] expected a model of one float32 " + what
                    + " to predict with float arrays; it has " + specs
                    + ". Use predict(List<MemorySegment>, List<MemorySegment>).");
        }
    }

    /**
     * Predicts, for a model of one input and output.
     *
     * @param x the input's elements, row by row, in the native byte order
     * @param y takes the output's elements
     * @throws ShapeException if a segment has not exactly the bytes of its spec
     */
    public void predict(MemorySegment x, MemorySegment y) {
        if (inputs.size() != 1 || outputs.size() != 1) {
            throw new ShapeException("[" + name + "] expected a model of one input and one output; it has "
                    + inputs.size() + " and " + outputs.size()
                    + ". Use predict(List<MemorySegment>, List<MemorySegment>).");
        }
        check("input", inputs.get(0), x);
        check("output", outputs.get(0), y);
        CompiledStep step = begin();
        try {
            step.feed(0, x);
            step.run();
            step.read(0, y);
        } finally {
            end(step);
        }
    }

    /** As {@link #predict(MemorySegment, MemorySegment)}, for a model of several inputs or outputs. */
    public void predict(List<MemorySegment> x, List<MemorySegment> y) {
        if (x.size() != inputs.size() || y.size() != outputs.size()) {
            throw new ShapeException("[" + name + "] expected memory for " + inputs.size() + " inputs and "
                    + outputs.size() + " outputs; received " + x.size() + " and " + y.size() + ".");
        }
        for (int i = 0; i < x.size(); i++) {
            check("input", inputs.get(i), x.get(i));
        }
        for (int i = 0; i < y.size(); i++) {
            check("output", outputs.get(i), y.get(i));
        }
        CompiledStep step = begin();
        try {
            for (int i = 0; i < x.size(); i++) {
                step.feed(i, x.get(i));
            }
            step.run();
            for (int i = 0; i < y.size(); i++) {
                step.read(i, y.get(i));
            }
        } finally {
            end(step);
        }
    }

    private void check(String what, TensorSpec spec, MemorySegment memory) {
        if (memory.byteSize() != spec.bytes()) {
            throw new ShapeException("[" + name + "] expected the " + spec.bytes() + " bytes of " + spec + " for the "
                    + what + "; received " + memory.byteSize() + ".");
        }
    }

    /** Waits for a step that nobody runs. The model's lock comes first, since who has a step needs it. */
    private CompiledStep begin() {
        lock.lock();
        boolean begun = false;
        try {
            CompiledStep step = idle.take();
            if (closed) {
                idle.add(step);
                throw new ReleasedTensorException(
                        "[" + name + "] expected an open predictor; it was closed. Make another one.");
            }
            begun = true;
            return step;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("[" + name + "] interrupted while waiting to predict.", e);
        } finally {
            if (!begun) {
                lock.unlock();
            }
        }
    }

    private void end(CompiledStep step) {
        idle.add(step);
        lock.unlock();
    }

    /** Frees the memory of the steps, once the calls that run are over. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = false;
        for (int taken = 0; taken < all.size(); ) {
            try {
                idle.take();
                taken++;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        all.forEach(CompiledStep::close);
        // Those who still wait get a step and find the predictor closed.
        idle.addAll(all);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
