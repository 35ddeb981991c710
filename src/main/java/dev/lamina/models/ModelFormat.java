package dev.lamina.models;

import java.nio.file.Path;
import java.util.ServiceLoader;

/** Writes and reads models; found by {@link ServiceLoader}, because files know models and not the other way round. */
public interface ModelFormat {
    void save(Model model, Path file);

    void loadWeights(Model model, Path file);

    static ModelFormat find() {
        return ServiceLoader.load(ModelFormat.class, ModelFormat.class.getClassLoader())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("[save] expected a model format on the class path; found none."));
    }
}
