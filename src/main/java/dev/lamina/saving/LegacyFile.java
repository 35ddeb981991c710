package dev.lamina.saving;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.layers.Layer;
import dev.lamina.models.Model;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.saving.WeightsFile.Assignments;
import dev.lamina.tensor.Variable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * HDF5 files of Keras 2, and of Keras 3's legacy format: the config as JSON in the attribute {@code model_config}, the
 * weights in a group for each layer, whose attribute {@code weight_names} tells their order.
 */
final class LegacyFile {
    private static final String MODEL_WEIGHTS = "model_weights";
    private static final String OPTIMIZER_WEIGHTS = "optimizer_weights";
    private static final String TOP_LEVEL = "top_level_model_weights";
    private static final String LAYER_NAMES = "layer_names";
    private static final String WEIGHT_NAMES = "weight_names";

    private LegacyFile() {}

    static boolean isLegacy(Hdf5Reader file) {
        return file.isGroup(MODEL_WEIGHTS) || !names(file, "", LAYER_NAMES).isEmpty();
    }

    /** The class of the model, if the file holds its config. */
    static Optional<String> className(Hdf5Reader file) {
        return file.text("", "model_config")
                .map(text -> Json.readObject(text, file.name()))
                .map(form -> new Config("model_config", form).text("class_name"));
    }

    /**
     * Rebuilds the model of a file.
     *
     * @param compile whether to compile it as it was; a file of Keras 2, whose optimizers are others, leaves it as it
     *     is
     */
    static Model load(Path path, boolean compile) {
        try (Hdf5Reader file = Hdf5Reader.open(path)) {
            String config = file.text("", "model_config")
                    .orElseThrow(() -> new ModelFormatException("[load] expected a file that holds a whole model; "
                            + "received " + path
                            + ", which holds only weights. Make the model in code and call model.loadWeights(file)."));
            String version = file.text("", "keras_version").orElse("1");
            Model model =
                    KerasFile.rebuild(LegacyConfig.upgrade(Json.readObject(config, "model_config"), version), path);
            try {
                Optional<String> training = file.text("", "training_config");
                if (compile && training.isPresent() && version.startsWith("3")) {
                    CompileConfig.read(trainingConfig(training.get())).ifPresent(model::compile);
                }
                readWeights(model, file, false);
                return model;
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        }
    }

    private static Map<String, Object> trainingConfig(String text) {
        Map<String, Object> config = new LinkedHashMap<>(Json.readObject(text, "training_config"));
        Object optimizer = config.remove("optimizer_config");
        if (optimizer != null) {
            config.put("optimizer", optimizer);
        }
        return config;
    }

    /** As {@link WeightsFile#read}: by the order of the layers that have weights. */
    static void readWeights(Model model, Hdf5Reader file, boolean skipMismatch) {
        String root = file.isGroup(MODEL_WEIGHTS) ? MODEL_WEIGHTS : "";
        Mismatches mismatches = new Mismatches(model.name(), file.name());
        Assignments assignments = new Assignments();
        List<Layer> layers = model.layers().stream()
                .filter(layer -> !layer.weights().isEmpty())
                .toList();
        List<String> stored = names(file, root, LAYER_NAMES).stream()
                .filter(name ->
                        !names(file, WeightTree.join(root, name), WEIGHT_NAMES).isEmpty())
                .toList();
        if (layers.size() != stored.size()) {
            mismatches.add("expected " + layers.size() + " layers with weights, "
                    + layers.stream().map(Layer::name).toList() + "; received " + stored.size() + ", "
                    + Config.shown(stored) + ".");
        }
        for (int i = 0; i < Math.min(layers.size(), stored.size()); i++) {
            match(file, WeightTree.join(root, stored.get(i)), layers.get(i), assignments, mismatches);
        }
        String top = WeightTree.join(root, TOP_LEVEL);
        if (!names(file, top, WEIGHT_NAMES).isEmpty()) {
            mismatches.add("expected no weights of the model itself; received "
                    + Config.shown(names(file, top, WEIGHT_NAMES)) + ".");
        }
        mismatches.finish(skipMismatch);
        if (model.isCompiled()) {
            readOptimizer(model, model.optimizer(), file, assignments);
        }
        assignments.carryOut(file);
    }

    private static void match(
            Hdf5Reader file, String group, Layer layer, Assignments assignments, Mismatches mismatches) {
        List<Variable> weights = Stream.concat(
                        layer.weights().stream().filter(Variable::trainable),
                        layer.weights().stream().filter(weight -> !weight.trainable()))
                .toList();
        List<String> names = names(file, group, WEIGHT_NAMES);
        if (names.size() != weights.size()) {
            mismatches.count(group, layer.name(), weights, names.size());
            return;
        }
        for (int i = 0; i < names.size(); i++) {
            String path = WeightTree.join(group, names.get(i));
            if (mismatches.fits(weights.get(i), path, file.spec(path).shape())) {
                assignments.add(weights.get(i), path);
            }
        }
    }

    private static void readOptimizer(Model model, Optimizer optimizer, Hdf5Reader file, Assignments assignments) {
        List<String> stored = names(file, OPTIMIZER_WEIGHTS, WEIGHT_NAMES).stream()
                .map(name -> WeightTree.join(OPTIMIZER_WEIGHTS, name))
                .toList();
        WeightsFile.readOptimizer(model, optimizer, stored, file, assignments);
    }

    /** An attribute of names, which Keras cuts into pieces {@code layer_names0, layer_names1 ...} where it is long. */
    private static List<String> names(Hdf5Reader file, String group, String attribute) {
        Optional<List<String>> whole = file.texts(group, attribute);
        if (whole.isPresent()) {
            return whole.get();
        }
        List<String> names = new ArrayList<>();
        Optional<List<String>> piece = file.texts(group, attribute + "0");
        for (int i = 1; piece.isPresent(); i++) {
            names.addAll(piece.get());
            piece = file.texts(group, attribute + i);
        }
        return names;
    }
}
