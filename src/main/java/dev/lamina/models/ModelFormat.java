package dev.lamina.models;

import java.nio.file.Path;
import java.util.ServiceLoader;

/** Writes and reads models; found by {@link ServiceLoader}, because files know models and not the other way round. */
public interface ModelFormat {
    /** Writes a whole model. */
    void save(Model model, Path file);

    /** Throws what {@link #save} would of a model, built, that holds something which has no form in files. */
    void checkSavable(Model model);

    /** Writes the weights alone. */
    void saveWeights(Model model, Path file);

    /** Reads weights into a model; with {@code skipMismatch} only those that fit. */
    void loadWeights(Model model, Path file, boolean skipMismatch);

    /** Makes a model from a file; with {@code compile} also what it was trained with. */
    Model load(Path file, boolean compile);

    static ModelFormat find() {
        return ServiceLoader.load(ModelFormat.class, ModelFormat.class.getClassLoader())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("[save] expected a model format on the class path; found none."));
    }
}
