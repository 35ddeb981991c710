package dev.lamina.guide;

import dev.lamina.layers.Layer;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.Tensor;

/** The guide's MLPBlock: layers inside a layer. */
final class MLPBlock extends Layer {
    private final Linear linear1 = new Linear(32);
    private final Linear linear2 = new Linear(32);
    private final Linear linear3 = new Linear(1);

    @Override
    protected Tensor call(Tensor inputs) {
        Tensor x = Ops.relu(linear1.apply(inputs));
        x = Ops.relu(linear2.apply(x));
        return linear3.apply(x);
    }
}
