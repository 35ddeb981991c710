package dev.lamina.ops;

import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Puts a sequence together: each op gives the number of its first result. */
public final class SequenceBuilder {
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> values;
    private final List<FusedOp.Sequence.Step> steps = new ArrayList<>();

    public SequenceBuilder(TensorSpec... inputs) {
        this.inputs = List.of(inputs);
        this.values = new ArrayList<>(this.inputs);
    }

    /** Adds an op on numbered values. */
    public int add(Op op, Integer... arguments) {
        int number = values.size();
        List<Integer> from = Arrays.asList(arguments);
        steps.add(new FusedOp.Sequence.Step(op, from));
        values.addAll(op.infer(from.stream().map(values::get).toList()));
        return number;
    }

    public FusedOp.Sequence giving(Integer... outputs) {
        return new FusedOp.Sequence(inputs, steps, Arrays.asList(outputs));
    }
}
