package dev.lamina.saving;

import dev.lamina.models.Model;
import dev.lamina.models.Sequential;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The readers of this package as functions of a file's content, for tests that give them any bytes. */
public final class FuzzAccess {
    /** Which form a config has that doesn't say it. */
    private static final String VERSION = "keras_version";

    private FuzzAccess() {}

    /** Reads everything in an HDF5 file, whatever it means. */
    public static void hdf5(byte[] bytes) {
        try (Hdf5Reader reader = Hdf5Reader.of(bytes, "bytes")) {
            for (String path : reader.paths()) {
                reader.text(path, "name");
                reader.texts(path, "weight_names");
                if (reader.isArray(path)) {
                    reader.spec(path);
                    reader.array(path);
                }
            }
        }
    }

    /** Makes a model of a config, in the form of Keras 3, or of Keras 2 if an entry says so. */
    public static void config(byte[] bytes) {
        Map<String, Object> config = Json.readObject(new String(bytes, StandardCharsets.UTF_8), "bytes");
        Path name = Path.of("bytes");
        String version = String.valueOf(config.getOrDefault(VERSION, "3"));
        KerasFile.rebuild(LegacyConfig.upgrade(config, version), name).close();
    }

    /** Makes a model of a whole file. */
    public static void model(Path file) {
        KerasFile.contents(file);
        Model.load(file).close();
    }

    /** Reads weights into a model, as far as they fit. */
    public static void weights(Path file) {
        try (Sequential model = SmallModels.built(5)) {
            model.loadWeights(file, true);
        }
    }

    /** A model with weights, as a file of this kind. */
    public static void save(Path file) {
        try (Sequential model = SmallModels.built(5)) {
            model.compile("adam", "sparse_categorical_crossentropy", "accuracy");
            model.save(file);
        }
    }
}
