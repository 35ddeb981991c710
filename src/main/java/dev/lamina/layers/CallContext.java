package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * What surrounds one call of a layer.
 *
 * @param training whether the layer should behave as in training (dropout drops, batch normalization takes the batch's
 *     statistics)
 * @param trainable whether the layer is trainable: neither it nor a layer around it is frozen
 * @param masks for each input its mask: the one given to the call, else the one that the tensor carries
 */
public record CallContext(boolean training, boolean trainable, List<Optional<Tensor>> masks) {
    /** Inference with a trainable layer, without masks. */
    public static final CallContext INFERENCE = new CallContext(false, true, List.of());

    public CallContext {
        masks = List.copyOf(masks);
    }

    /** The mask of the first input: bool, true where a position counts. */
    public Optional<Tensor> mask() {
        return mask(0);
    }

    /** The mask of an input, counted from 0. */
    public Optional<Tensor> mask(int input) {
        return input < masks.size() ? masks.get(input) : Optional.empty();
    }
}
