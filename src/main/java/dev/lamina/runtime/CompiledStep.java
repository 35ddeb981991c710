package dev.lamina.runtime;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Executable;
import dev.lamina.backend.ResidentRows;
import dev.lamina.graph.Graph;
import dev.lamina.graph.TracedTensor;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;

/** A traced function that runs again and again with fixed memory. Not safe for several threads at once. */
public final class CompiledStep implements AutoCloseable {
    private final Backend backend;
    private final Graph graph;
    private final Executable executable;
    private final List<Tensor> outputs;

    CompiledStep(Backend backend, Graph graph, Executable executable, List<Tensor> outputs) {
        this.backend = backend;
        this.graph = graph;
        this.executable = executable;
        this.outputs = List.copyOf(outputs);
        Memory.whenUnreachable(this, () -> close(executable, graph));
        for (int i = 0; i < outputs.size(); i++) {
            int index = i;
            if (outputs.get(i) instanceof TracedTensor traced) {
                traced.readThrough(() -> output(index));
            }
        }
    }

    /** Copies the values of an argument into the step's memory. */
    public void feed(int input, MemorySegment values) {
        Operand operand = executable.input(input);
        if (values.byteSize() != operand.bytes()) {
            throw new IllegalArgumentException("[step] expected " + operand.bytes() + " bytes for input " + input + ", "
                    + operand.spec() + "; received " + values.byteSize() + ".");
        }
        if (values.byteSize() > 0) {
            operand.buffer().stream(operand.offset(), values);
        }
    }

    /** Copies a tensor into the step's memory, on the device: nothing passes through the host. */
    public void feed(int input, Tensor values) {
        Operand operand = executable.input(input);
        if (!values.spec().equals(operand.spec())) {
            throw new IllegalArgumentException(
                    "[step] expected " + operand.spec() + " for input " + input + "; received " + values.spec() + ".");
        }
        if (operand.bytes() > 0) {
            try {
                backend.copy(Dispatch.operand("step", values), operand);
            } finally {
                // The collector must not free the tensor while it is being read.
                Reference.reachabilityFence(values);
            }
        }
    }

    /** Runs the step on what was fed. */
    public void run() {
        executable.run();
    }

    /**
     * Runs the step so many times on samples that lie on the device: first on those from a place of their order on, as
     * many as the arguments have along their first axis, then on those after them.
     */
    public void run(ResidentRows rows, int from, int steps) {
        executable.run(rows, from, steps);
    }

    /** Copies the values of an output of the last run to host memory of exactly its size; waits for the device. */
    public void read(int index, MemorySegment target) {
        Operand operand = executable.output(index);
        if (target.byteSize() > 0) {
            operand.buffer().download(operand.offset(), target);
        }
    }

    /** Waits until all runs are done; only to measure, since reading waits by itself. */
    public void await() {
        backend.synchronize();
    }

    /** The values of an output after the last run; waits for the device. */
    public HostArray output(int index) {
        Operand operand = executable.output(index);
        HostArray array = HostArray.zeros(operand.shape(), operand.dtype());
        read(index, array.data());
        return array;
    }

    /** The traced tensors that the function returned; they can be read after a run. */
    public List<Tensor> outputs() {
        return outputs;
    }

    public Graph graph() {
        return graph;
    }

    /** Frees the step's memory. Closing twice does nothing. */
    @Override
    public void close() {
        close(executable, graph);
    }

    private static void close(Executable executable, Graph graph) {
        executable.close();
        graph.close();
    }
}
