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
     * The gradients of a layer normalization with the sums of gradients around it: {@code dy} is that of two uses of
     * the result, and to {@code dx} that of another use of the input is added. Inputs {@code (x, gamma, mean, inverse,
     * dy)}, then the second summand of {@code dy} where there is one, then that of {@code dx}; outputs {@code (dx,
     * dgamma, dbeta)}.
     *
     * @param before whether dy is a sum
     * @param after whether something is added to dx
     */
    public record Backward(NormalizationOp.LayerNormBackward norm, boolean before, boolean after) implements FusedOp {
        /** The number of the gradient's own inputs. */
        public static final int INPUTS = 5;

        @Override
        public String opName() {
            return "residual_layer_norm_backward";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, INPUTS + (before ? 1 : 0) + (after ? 1 : 0));
            for (TensorSpec summand : inputs.subList(INPUTS, inputs.size())) {
                Check.sameDType(this, inputs.get(0), summand);
                Check.compatible(this, inputs.get(0), summand);
            }
            return norm.infer(inputs.subList(0, INPUTS));
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            Tensor[] own = inputs.subList(0, INPUTS).toArray(Tensor[]::new);
            if (before) {
                own[INPUTS - 1] = ops.add(own[INPUTS - 1], inputs.get(INPUTS));
            }
            List<Tensor> outputs = new ArrayList<>(ops.applyAll(norm, own));
            if (after) {
                outputs.set(0, ops.add(outputs.get(0), inputs.getLast()));
            }
            return Optional.of(outputs);
        }
    }
}
