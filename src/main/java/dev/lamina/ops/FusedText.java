package dev.lamina.ops;

import dev.lamina.ops.FusedOp.Elementwise.Constant;
import dev.lamina.ops.FusedOp.Elementwise.Draw;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.ops.FusedOp.Sequence.Step;
import dev.lamina.tensor.TensorSpec;
import java.util.List;

/** How fused ops that hold a program print it: {@code %3 = multiply %0 %2; ...}, by the numbers of their values. */
final class FusedText {
    private final StringBuilder text = new StringBuilder();
    private int next;

    private FusedText(String head, int inputs) {
        text.append(head).append(" {");
        next = inputs;
    }

    static String of(FusedOp.Elementwise op) {
        FusedText text = new FusedText(op.opName() + op.shape(), op.inputTypes().size());
        for (Constant constant : op.constants()) {
            text.add(String.valueOf(constant.value()), List.of(), 1);
        }
        for (Draw draw : op.draws()) {
            text.add("random_uniform", List.of(draw.state()), 1);
        }
        for (Instruction one : op.instructions()) {
            String name = one.op() instanceof ElementwiseOp.Cast cast
                    ? "cast to " + cast.dtype()
                    : one.op().opName();
            text.add(name, one.arguments(), 1);
        }
        return text.end(op.outputs());
    }

    static String of(FusedOp.Sequence op) {
        FusedText text = new FusedText(op.opName(), op.inputs().size());
        List<TensorSpec> values = op.values();
        for (Step one : op.steps()) {
            List<TensorSpec> arguments =
                    one.arguments().stream().map(values::get).toList();
            text.add(
                    one.op().opName(),
                    one.arguments(),
                    one.op().infer(arguments).size());
        }
        return text.end(op.outputs());
    }

    private void add(String what, List<Integer> arguments, int results) {
        text.append(" %").append(next).append(" = ").append(what);
        arguments.forEach(argument -> text.append(" %").append(argument));
        text.append(';');
        next += results;
    }

    private String end(List<Integer> outputs) {
        return text.append(" return ").append(outputs).append(" }").toString();
    }
}
