package dev.lamina.saving;

import dev.lamina.config.Config;
import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerConfig;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.models.Model;
import dev.lamina.models.ModelFormat;
import dev.lamina.runtime.Execution;
import dev.lamina.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keras's files. Written: {@code .keras}, a zip of {@code metadata.json}, {@code config.json} and
 * {@code model.weights.h5}, and {@code .weights.h5}, both as Keras 3 lays them out. Read: these, and the HDF5 files of
 * Keras 2 and of Keras 3's legacy format. What a file holds, not its name, decides how it is read. Reading runs no code
 * from a file: names in it meet only {@link LayerRegistry} and the other registries.
 */
public final class KerasFile implements ModelFormat {
    private static final String ARCHIVE = ".keras";
    private static final String WEIGHTS = ".weights.h5";

    /** For {@link java.util.ServiceLoader}; all instances are alike. */
    public KerasFile() {}

    /**
     * Writes the config, what the model was compiled with, its weights and the optimizer's variables to a
     * {@code .keras} file, or the weights to a {@code .weights.h5} file. After any failure the old file is there whole.
     *
     * @throws IllegalArgumentException if the file's name ends otherwise
     * @throws IllegalStateException if the model is not built, or holds a layer that is not registered
     * @throws dev.lamina.errors.DataException if the file can't be written
     */
    @Override
    public void save(Model model, Path file) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(WEIGHTS)) {
            saveWeights(model, file);
            return;
        }
        if (!name.endsWith(ARCHIVE)) {
            throw new IllegalArgumentException("[save] expected a file name that ends with .keras, or with .weights.h5 "
                    + "for the weights alone; received " + file + ".");
        }
        requireBuilt(model, "save");
        String config = Json.write(config(model));
        Hdf5Writer weights = WeightsFile.writer(model);
        SafeFile.write(file, out -> ArchiveWriter.write(out, config, weights));
    }

    @Override
    public void checkSavable(Model model) {
        Json.write(config(model));
    }

    private static Map<String, Object> config(Model model) {
        Map<String, Object> config = new LinkedHashMap<>(LayerRegistry.serialize(model));
        if (model.isCompiled()) {
            config.put("compile_config", CompileConfig.write(model.compileOptions()));
        }
        return config;
    }

    /**
     * Writes the weights and the optimizer's variables to a {@code .weights.h5} file.
     *
     * @throws IllegalArgumentException if the file's name ends otherwise
     * @throws IllegalStateException if the model is not built
     * @throws dev.lamina.errors.DataException if the file can't be written
     */
    @Override
    public void saveWeights(Model model, Path file) {
        if (!String.valueOf(file.getFileName()).endsWith(WEIGHTS)) {
            throw new IllegalArgumentException(
                    "[save] expected a file name that ends with .weights.h5; received " + file + ".");
        }
        requireBuilt(model, "save");
        SafeFile.write(file, WeightsFile.writer(model)::writeTo);
    }

    /** Sees to it that the model and all its parts have their weights. */
    private static void requireBuilt(Model model, String action) {
        if (!model.isBuilt()) {
            throw new IllegalStateException("[" + model.name() + "] expected a built model to " + action
                    + "; it has no weights yet. Call it on data, fit it, or call model.buildFor(inputShape) first.");
        }
        if (!model.flatten().stream().allMatch(Layer::isBuilt)) {
            model.computeOutputSpecs(model.builtFor());
        }
    }

    /**
     * Rebuilds a model with its weights and, if wanted, compiles it as it was and restores its optimizer's variables.
     *
     * @throws ModelFormatException if the file is missing or malformed, holds no config, or names something that is not
     *     registered
     */
    @Override
    public Model load(Path file, boolean compile) {
        return isZip(file) ? loadArchive(file, compile) : LegacyFile.load(file, compile);
    }

    private static Model loadArchive(Path file, boolean compile) {
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            Map<String, Object> config = LegacyConfig.upgrade(archive.config(), archive.kerasVersion());
            Model model = rebuild(config, file);
            try (Hdf5Reader weights = archive.weights()) {
                if (compile && config.get("compile_config") instanceof Map<?, ?> options && !options.isEmpty()) {
                    CompileConfig.read(new LayerConfig(config).map("compile_config"))
                            .ifPresent(model::compile);
                }
                WeightsFile.read(model, weights, false);
                return model;
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        }
    }

    // A config can be wrong in any way, and layers of users may answer it with any exception; they all mean that the
    // file is bad.
    static Model rebuild(Map<String, Object> config, Path file) {
        // Made without memory: a config can ask for more than there is, and the file's weights then don't fit it.
        return Execution.planning(() -> make(config, file));
    }

    private static Model make(Map<String, Object> config, Path file) {
        Optional<Layer> layer = Optional.empty();
        try {
            layer = Optional.of(LayerRegistry.deserialize(config));
            if (!(layer.get() instanceof Model model)) {
                throw new ModelFormatException(
                        "expected a model; received the layer " + layer.get().name() + ".");
            }
            if (!model.isBuilt() || !model.flatten().stream().allMatch(Layer::isBuilt)) {
                model.computeOutputSpecs(model.isBuilt() ? model.builtFor() : BuildConfig.inputs(config, model));
            }
            return model;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            layer.ifPresent(Layer::close);
            throw new ModelFormatException(
                    "[load] expected a config that a model can be built from in " + file + "; it failed: "
                            + (e instanceof LaminaException || e.getMessage() != null ? e.getMessage() : e.toString()),
                    e);
        }
    }

    /**
     * Sets the weights, and the optimizer's variables where model and file have them, to those of a file of any of the
     * forms above; all of them, or after an error none.
     *
     * @param skipMismatch whether what doesn't fit is left as it is, with a warning, instead of being an error
     * @throws IllegalStateException if the model is not built
     * @throws ModelFormatException if the file is missing or malformed, or doesn't fit the model: the message lists
     *     every difference
     */
    @Override
    public void loadWeights(Model model, Path file, boolean skipMismatch) {
        requireBuilt(model, "load weights into");
        if (isZip(file)) {
            try (ArchiveReader archive = ArchiveReader.open(file);
                    Hdf5Reader weights = archive.weights()) {
                WeightsFile.read(model, weights, skipMismatch);
            }
            return;
        }
        try (Hdf5Reader weights = Hdf5Reader.open(file)) {
            if (LegacyFile.isLegacy(weights)) {
                LegacyFile.readWeights(model, weights, skipMismatch);
            } else {
                WeightsFile.read(model, weights, skipMismatch);
            }
        }
    }

    /** What the file says of itself, without making the model. */
    public static ModelContents contents(Path file) {
        if (isZip(file)) {
            try (ArchiveReader archive = ArchiveReader.open(file);
                    Hdf5Reader weights = archive.weights()) {
                return new ModelContents(
                        "Keras 3 archive",
                        Optional.of(archive.kerasVersion()),
                        Optional.of(new Config("config.json", archive.config()).text("class_name")),
                        arrays(weights));
            }
        }
        try (Hdf5Reader weights = Hdf5Reader.open(file)) {
            boolean legacy = LegacyFile.isLegacy(weights);
            return new ModelContents(
                    legacy ? "legacy Keras HDF5" : "Keras 3 weights",
                    weights.text("", "keras_version").or(() -> weights.text("model_weights", "keras_version")),
                    LegacyFile.className(weights),
                    arrays(weights));
        }
    }

    private static Map<String, TensorSpec> arrays(Hdf5Reader weights) {
        Map<String, TensorSpec> arrays = new LinkedHashMap<>();
        weights.arrays().forEach(path -> arrays.put(path, weights.spec(path)));
        return arrays;
    }

    /** By its first bytes; a file that can't be read is none, and is reported by who opens it. */
    private static boolean isZip(Path file) {
        if (!Files.isRegularFile(file)) {
            return true;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return List.of((byte) 'P', (byte) 'K').equals(first(in.readNBytes(2)));
        } catch (IOException e) {
            throw new ModelFormatException(
                    "[load] expected to read " + file + "; received " + e.getMessage() + ". Check its permissions.", e);
        }
    }

    private static List<Byte> first(byte[] bytes) {
        return bytes.length < 2 ? List.of() : List.of(bytes[0], bytes[1]);
    }
}
