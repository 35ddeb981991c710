package dev.lamina.layers;

/**
 * What surrounds one call of a layer.
 *
 * @param training whether the layer should behave as in training (dropout drops, batch normalization takes the batch's
 *     statistics)
 * @param trainable whether the layer is trainable: neither it nor a layer around it is frozen
 */
public record CallContext(boolean training, boolean trainable) {
    /** Inference with a trainable layer. */
    public static final CallContext INFERENCE = new CallContext(false, true);
}
