package dev.lamina.ops;

import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Layer normalization of a sum: {@code norm(x + residual)}. Inputs {@code (x, residual, gamma, beta)}, outputs
 * {@code (y, mean, inverse)}, and the sum where it is kept.
 *
 * @param keeps whether the sum is a result too, the last
 */
public record ResidualNorm(NormalizationOp.LayerNorm norm, boolean keeps) implements FusedOp {
    @Override
    public String opName() {
        return "residual_layer_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> inputs) {
        Check.count(this, inputs, 4);
        TensorSpec x = inputs.get(0);
        Check.sameDType(this, x, inputs.get(1));
        Check.compatible(this, x, inputs.get(1));
        List<TensorSpec> outputs = new ArrayList<>(norm.infer(List.of(x, inputs.get(2), inputs.get(3))));
        if (keeps) {
            outputs.add(x);
        }
        return outputs;
    }

    @Override
    public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
        Tensor sum = ops.add(inputs.get(0), inputs.get(1));
        List<Tensor> outputs = new ArrayList<>(ops.applyAll(norm, sum, inputs.get(2), inputs.get(3)));
        if (keeps) {
            outputs.add(sum);
        }
        return Optional.of(outputs);
    }

    /**
     * The gradients of a layer normalization whose input has another gradient, that of what the sum went to beside it:
     * that one is added to {@code dx}. Inputs {@code (x, gamma, mean, inverse, dy, other)}, outputs {@code (dx + other,
     * dgamma, dbeta)}.
     */
    public record Backward(NormalizationOp.LayerNormBackward norm) implements FusedOp {
        @Override
        public String opName() {
            return "residual_layer_norm_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 6);
            Check.sameDType(this, inputs.get(0), inputs.get(5));
            Check.compatible(this, inputs.get(0), inputs.get(5));
            return norm.infer(inputs.subList(0, 5));
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            List<Tensor> outputs =
                    new ArrayList<>(ops.applyAll(norm, inputs.subList(0, 5).toArray(Tensor[]::new)));
            outputs.set(0, ops.add(outputs.get(0), inputs.get(5)));
            return Optional.of(outputs);
        }
    }
}
