package dev.lamina.layers;

import dev.lamina.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * What a call of a layer can be told beside its inputs.
 *
 * @param training the mode; empty takes that of the surrounding call, and inference if there is none
 * @param masks a mask for each input, instead of those that the inputs carry: bool, or numbers that count unless they
 *     are 0; an empty list gives none
 */
public record CallOptions(Optional<Boolean> training, List<Optional<Tensor>> masks) {
    /** The surrounding call's mode, and the masks that the inputs carry. */
    public static final CallOptions DEFAULT = new CallOptions(Optional.empty(), List.of());

    public CallOptions {
        masks = List.copyOf(masks);
    }

    public static CallOptions training(boolean training) {
        return new CallOptions(Optional.of(training), List.of());
    }

    /** With a mask for a layer's only input. */
    public static CallOptions mask(Tensor mask) {
        return DEFAULT.withMasks(List.of(Optional.of(mask)));
    }

    /** The same with these masks, one for each input. */
    public CallOptions withMasks(List<Optional<Tensor>> newMasks) {
        return new CallOptions(training, newMasks);
    }
}
