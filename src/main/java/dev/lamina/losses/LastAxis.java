package dev.lamina.losses;

import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Reductions of what a sample consists of. */
final class LastAxis {
    private LastAxis() {}

    /** The mean over the last axis; a tensor without axes is its own. */
    static Tensor mean(Tensor x) {
        return x.shape().rank() == 0 ? x : Ops.mean(x, -1);
    }

    /** The sum over the last axis; a tensor without axes is its own. */
    static Tensor sum(Tensor x) {
        return x.shape().rank() == 0 ? x : Ops.sum(x, -1);
    }

    /** The tensor with that axis moved to the end. */
    static Tensor moved(Tensor x, int axis) {
        int rank = x.shape().rank();
        int at = x.shape().axis(axis);
        if (at == rank - 1) {
            return x;
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            if (i != at) {
                order.add(i);
            }
        }
        order.add(at);
        return Ops.transpose(x, order.stream().mapToInt(Integer::intValue).toArray());
    }
}
