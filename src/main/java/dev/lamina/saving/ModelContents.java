package dev.lamina.saving;

import java.util.List;

/**
 * What a model file says of itself.
 *
 * @param format the version of the format
 * @param version the Lamina that wrote it
 * @param className the class of the model
 * @param hasConfig whether the model can be rebuilt from the file alone
 * @param weights its weights and the states of its seed generators, in order
 */
public record ModelContents(
        String format, String version, String className, boolean hasConfig, List<StoredWeight> weights) {
    public ModelContents {
        weights = List.copyOf(weights);
    }
}
