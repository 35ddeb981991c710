package dev.lamina.optimizers;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.List;

/** Bounds gradients before an update. */
final class Clipping {
    private Clipping() {}

    static List<Tensor> apply(OptimizerOptions options, List<Tensor> gradients) {
        if (options.clipNorm().orElse(0) > 0) {
            double bound = options.clipNorm().getAsDouble();
            return gradients.stream().map(gradient -> byNorm(gradient, bound)).toList();
        }
        if (options.globalClipNorm().orElse(0) > 0) {
            return byGlobalNorm(gradients, options.globalClipNorm().getAsDouble());
        }
        if (options.clipValue().orElse(0) > 0) {
            double bound = options.clipValue().getAsDouble();
            return gradients.stream()
                    .map(gradient -> Ops.clip(gradient, -bound, bound))
                    .toList();
        }
        return gradients;
    }

    /** {@code g * bound / max(|g|, bound)}. */
    private static Tensor byNorm(Tensor gradient, double bound) {
        Tensor norm = Ops.sqrt(Ops.sum(Ops.square(gradient)));
        return Ops.divide(Ops.multiply(gradient, bound), Ops.maximum(norm, bound));
    }

    /**
     * {@code g * bound * min(1 / n, 1 / bound)}, n being the norm of all gradients together; all become NaN where n is
     * not finite, as one broken gradient must not pass for a small one.
     */
    private static List<Tensor> byGlobalNorm(List<Tensor> gradients, double bound) {
        Tensor sum = gradients.stream()
                .map(gradient -> Ops.cast(Ops.sum(Ops.square(gradient)), DType.FLOAT32))
                .reduce(Ops::add)
                .orElseThrow();
        Tensor norm = Ops.sqrt(sum);
        Tensor scale = Ops.multiply(Ops.minimum(Ops.reciprocal(norm), 1 / bound), bound);
        Tensor checked = Ops.add(scale, Ops.subtract(norm, norm));
        return gradients.stream()
                .map(gradient -> Ops.multiply(gradient, Ops.cast(checked, gradient.dtype())))
                .toList();
    }
}
