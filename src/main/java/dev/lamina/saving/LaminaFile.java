package dev.lamina.saving;

import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerRegistry;
import dev.lamina.models.Model;
import dev.lamina.models.ModelFormat;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lamina's model file, a zip: {@code metadata.json}, {@code config.json} (what the model is rebuilt from; left out for
 * a model with unregistered layers), {@code weights.json} (path, shape and type of each weight, in order) and an NPY
 * array each in {@code weights/}. Reading one runs no code from it: names in it meet only {@link LayerRegistry}.
 */
public final class LaminaFile implements ModelFormat {
    private static final Logger LOG = LoggerFactory.getLogger(LaminaFile.class);
    private static final int MAX_DIFFERENCES = 100;

    /** For {@link java.util.ServiceLoader}; all instances are alike. */
    public LaminaFile() {}

    /**
     * Writes the weights, the states of the seed generators and, if all layers are registered, the config. After any
     * failure the old file is there whole.
     *
     * @throws IllegalStateException if the model is not built
     * @throws dev.lamina.errors.DataException if the file can't be written
     */
    @Override
    public void save(Model model, Path file) {
        requireBuilt(model, "save");
        List<Variable> variables = model.variables();
        List<String> paths = WeightPaths.of(model);
        List<StoredWeight> weights = new ArrayList<>();
        for (int i = 0; i < variables.size(); i++) {
            weights.add(new StoredWeight(paths.get(i), variables.get(i).spec()));
        }
        ArchiveWriter.Header header =
                new ArchiveWriter.Header(version(), model.getClass().getSimpleName(), config(model, file), weights);
        SafeFile.write(file, out -> ArchiveWriter.write(out, header, variables));
    }

    private static Optional<String> config(Model model, Path file) {
        try {
            Map<String, Object> config = new LinkedHashMap<>(LayerRegistry.serialize(model));
            List<Map<String, Object>> inputs =
                    model.builtFor().stream().map(StoredWeight::specToJson).toList();
            config.put("build_config", Map.of("inputs", inputs));
            return Optional.of(Json.write(config));
        } catch (IllegalStateException e) {
            LOG.warn("{} holds only weights, to be loaded into a model made in code: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    private static String version() {
        return Optional.ofNullable(LaminaFile.class.getPackage().getImplementationVersion())
                .orElse("development");
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
     * Rebuilds a model with its weights.
     *
     * @throws ModelFormatException if the file is missing or malformed, holds no config, or names a layer that is not
     *     registered
     */
    public static Model load(Path file) {
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            Map<String, Object> config = archive.config()
                    .orElseThrow(() -> new ModelFormatException("[load] expected a file with a config; received " + file
                            + ", which holds only the weights of " + Json.shown(archive.text("class_name"))
                            + ". Make the model in code and call model.loadWeights(file)."));
            Model model = rebuild(config, file);
            try {
                readWeights(model, archive, file);
                return model;
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        }
    }

    // A config can be wrong in any way, and layers of users may answer it with any exception; they all mean that the
    // file is bad.
    private static Model rebuild(Map<String, Object> config, Path file) {
        Optional<Layer> layer = Optional.empty();
        try {
            layer = Optional.of(LayerRegistry.deserialize(config));
            if (!(layer.get() instanceof Model model)) {
                throw new ModelFormatException(
                        "expected a model; received the layer " + layer.get().name() + ".");
            }
            model.computeOutputSpecs(inputs(config));
            return model;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            layer.ifPresent(Layer::close);
            throw new ModelFormatException(
                    "[load] expected a config that a model can be built from in " + file + "; it failed: "
                            + (e instanceof LaminaException || e.getMessage() != null ? e.getMessage() : e.toString()),
                    e);
        }
    }

    private static List<TensorSpec> inputs(Map<String, Object> config) {
        String name = "build_config";
        List<TensorSpec> inputs = new ArrayList<>();
        for (Object input : Json.list(Json.object(config.get(name), name), "inputs", name)) {
            inputs.add(StoredWeight.specFromJson(Json.object(input, name), name));
        }
        return inputs;
    }

    /**
     * Sets the weights and the states of the seed generators to those of a file; all of them, or after an error none.
     *
     * @throws IllegalStateException if the model is not built
     * @throws ModelFormatException if the file is missing or malformed, or doesn't fit the model: the message lists
     *     every difference
     */
    @Override
    public void loadWeights(Model model, Path file) {
        requireBuilt(model, "load weights into");
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            readWeights(model, archive, file);
        }
    }

    private static void readWeights(Model model, ArchiveReader archive, Path file) {
        List<Variable> variables = model.variables();
        List<String> differences = differences(archive.weights(), WeightPaths.of(model), variables);
        if (!differences.isEmpty()) {
            throw new ModelFormatException("[load] expected the weights of model \"" + model.name() + "\" in " + file
                    + "; received " + differences.size() + " differences:\n  "
                    + String.join("\n  ", differences.subList(0, Math.min(MAX_DIFFERENCES, differences.size())))
                    + "\n  Load them into a model of the structure that was saved.");
        }
        List<HostArray> values = new ArrayList<>();
        for (int i = 0; i < variables.size(); i++) {
            values.add(archive.array(i));
        }
        for (int i = 0; i < variables.size(); i++) {
            variables.get(i).assign(values.get(i));
        }
    }

    private static List<String> differences(List<StoredWeight> stored, List<String> paths, List<Variable> variables) {
        List<String> differences = new ArrayList<>();
        if (stored.size() != variables.size()) {
            differences.add("expected " + variables.size() + " weights; received " + stored.size() + ".");
        }
        for (int i = 0; i < Math.max(stored.size(), variables.size()); i++) {
            String expected = i < variables.size()
                    ? new StoredWeight(paths.get(i), variables.get(i).spec()).toString()
                    : "none";
            String received = i < stored.size() ? stored.get(i).toString() : "none";
            if (!expected.equals(received)) {
                differences.add("weight " + i + ": expected " + expected + "; received " + Json.shown(received) + ".");
            }
        }
        return differences;
    }

    /** What the file says of itself, without making the model. */
    public static ModelContents contents(Path file) {
        try (ArchiveReader archive = ArchiveReader.open(file)) {
            return new ModelContents(
                    ArchiveNames.FORMAT,
                    archive.text("version"),
                    archive.text("class_name"),
                    archive.hasConfig(),
                    archive.weights());
        }
    }
}
