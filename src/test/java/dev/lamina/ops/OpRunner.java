package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backend;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs one op on a backend over memory made by hand: outputs and workspace hold bytes that are NaN, guard zones lie
 * before and behind every operand, and afterwards nothing but the outputs may have changed.
 */
final class OpRunner {
    private static final long GUARD = 256;
    private static final byte GUARD_BYTE = (byte) 0xC3;

    /** Where operands begin, counted in elements from an address that is aligned to 256 bytes. */
    record Shift(int inputs, int outputs) {
        static final Shift NONE = new Shift(0, 0);
    }

    private final Backend backend;
    private final byte poison;
    private final Shift shift;

    /** @param poison what outputs and workspace are filled with: 0xFF bytes are NaN in every floating-point type */
    OpRunner(Backend backend, byte poison) {
        this(backend, poison, Shift.NONE);
    }

    /** A runner whose operands lie as views may: aligned to their element's size and no better. */
    OpRunner(Backend backend, byte poison, Shift shift) {
        this.backend = backend;
        this.poison = poison;
        this.shift = shift;
    }

    /** An operand with its guard zones. */
    private record Guarded(String what, Buffer buffer, Operand operand) {
        HostArray download() {
            HostArray array = HostArray.zeros(operand.shape(), operand.dtype());
            if (array.data().byteSize() > 0) {
                buffer.download(operand.offset(), array.data());
            }
            return array;
        }

        void checkGuards() {
            checkGuard("before", 0, operand.offset());
            checkGuard("behind", operand.offset() + operand.bytes(), GUARD);
        }

        private void checkGuard(String where, long offset, long bytes) {
            byte[] guard = new byte[(int) bytes];
            MemorySegment copy = HostArray.of(guard).data();
            buffer.download(offset, copy);
            Arrays.fill(guard, GUARD_BYTE);
            assertThat(copy.toArray(ValueLayout.JAVA_BYTE))
                    .as("the bytes %s %s", where, what)
                    .isEqualTo(guard);
        }
    }

    List<HostArray> run(Op op, List<HostArray> inputs) {
        return run(op, inputs, false);
    }

    /** Runs an op whose outputs lie over its inputs wherever the backend allows it. */
    List<HostArray> runInPlace(Op op, List<HostArray> inputs) {
        return run(op, inputs, true);
    }

    /** Whether {@link #runInPlace} would put any output over an input. */
    boolean overwrites(Op op, List<TensorSpec> inputs) {
        List<TensorSpec> outputs = op.infer(inputs);
        for (int output = 0; output < outputs.size(); output++) {
            if (overwritten(op, inputs, outputs.get(output), output, Set.of()) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The last input that an output may lie over; -1 if there is none. */
    private int overwritten(Op op, List<TensorSpec> inputs, TensorSpec made, int output, Set<Integer> taken) {
        for (int input = inputs.size() - 1; input >= 0; input--) {
            if (inputs.get(input).equals(made) && !taken.contains(input) && backend.overwrites(op, input, output)) {
                return input;
            }
        }
        return -1;
    }

    private List<HostArray> run(Op op, List<HostArray> inputs, boolean inPlace) {
        List<TensorSpec> specs = inputs.stream().map(HostArray::spec).toList();
        List<Guarded> memory = new ArrayList<>();
        try {
            List<Guarded> sources = new ArrayList<>();
            for (HostArray input : inputs) {
                Guarded source = place("input " + sources.size(), input.spec(), shift.inputs());
                memory.add(source);
                sources.add(source);
                if (input.elements() > 0) {
                    source.buffer().upload(source.operand().offset(), input.data());
                }
            }
            List<Guarded> targets = new ArrayList<>();
            Set<Integer> taken = new HashSet<>();
            for (TensorSpec spec : op.infer(specs)) {
                int over = inPlace ? overwritten(op, specs, spec, targets.size(), taken) : -1;
                if (over >= 0) {
                    taken.add(over);
                    targets.add(sources.get(over));
                } else {
                    Guarded target = place("output " + targets.size(), spec, shift.outputs());
                    memory.add(target);
                    targets.add(target);
                }
            }
            Guarded workspace = place("the workspace", PlanExecutor.scratch(backend.workspaceBytes(op, specs)), 0);
            memory.add(workspace);
            backend.run(op, operands(sources), operands(targets), workspace.operand());
            backend.synchronize();
            memory.forEach(Guarded::checkGuards);
            for (int i = 0; i < sources.size(); i++) {
                if (taken.contains(i)) {
                    continue;
                }
                assertThat(sources.get(i)
                                .download()
                                .data()
                                .mismatch(inputs.get(i).data()))
                        .as("the first byte of input %d that the op changed", i)
                        .isEqualTo(-1);
            }
            return targets.stream().map(Guarded::download).toList();
        } finally {
            memory.forEach(one -> one.buffer().free());
        }
    }

    private static Operand[] operands(List<Guarded> guarded) {
        return guarded.stream().map(Guarded::operand).toArray(Operand[]::new);
    }

    private Guarded place(String what, TensorSpec spec, int elements) {
        int begin = Math.toIntExact(GUARD + (long) elements * spec.dtype().bytes());
        byte[] content = new byte[Math.toIntExact(begin + spec.bytes() + GUARD)];
        Arrays.fill(content, GUARD_BYTE);
        Arrays.fill(content, begin, Math.toIntExact(begin + spec.bytes()), poison);
        Buffer buffer = backend.allocate(content.length);
        buffer.upload(0, HostArray.of(content).data());
        return new Guarded(what, buffer, new Operand(buffer, begin, spec));
    }

    /** bool is stored as 0 or 1 and nothing else. */
    static void checkBools(HostArray array) {
        if (array.dtype() == DType.BOOL) {
            for (byte value : array.data().toArray(ValueLayout.JAVA_BYTE)) {
                assertThat(value).as("a stored bool").isBetween((byte) 0, (byte) 1);
            }
        }
    }
}
