package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.models.Model;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The weights of a model and the variables of its optimizer, as Keras 3 lays them out in HDF5. */
final class WeightsFile {
    private static final Logger LOG = LoggerFactory.getLogger(WeightsFile.class);
    private static final String OPTIMIZER = "optimizer/vars";

    /** What Keras 2.13 called the layers of a model. */
    private static final String OLD_LAYERS = "_layer_checkpoint_dependencies";

    private WeightsFile() {}

    /** A file that holds everything; values are copied to the host when they are written. */
    static Hdf5Writer writer(Model model) {
        Hdf5Writer writer = new Hdf5Writer();
        for (WeightTree.Place place : WeightTree.of(model)) {
            writer.group(place.vars()).attribute(place.vars(), "name", place.name());
            add(writer, place.vars(), place.weights());
        }
        if (model.isCompiled()) {
            Optimizer optimizer = model.optimizer();
            writer.group(OPTIMIZER).attribute(OPTIMIZER, "name", optimizer.name());
            add(writer, OPTIMIZER, optimizer.variables());
        }
        return writer;
    }

    private static void add(Hdf5Writer writer, String group, List<Variable> variables) {
        for (int i = 0; i < variables.size(); i++) {
            Variable variable = variables.get(i);
            String path = group + "/" + i;
            writer.array(path, variable.spec(), variable::toHost);
            if (variable.dtype() == DType.BFLOAT16) {
                writer.attribute(path, "dtype", "bfloat16");
            }
        }
    }

    /**
     * Sets the weights, and the variables of the optimizer where the model has one and the file too; all of them, or
     * after an error none.
     *
     * @param skipMismatch whether what does not fit is left as it is, with a warning, instead of being an error
     * @throws ModelFormatException if the file doesn't fit the model: the message lists every difference
     */
    static void read(Model model, Hdf5Reader file, boolean skipMismatch) {
        Mismatches mismatches = new Mismatches(model.name(), file.name());
        Assignments assignments = new Assignments();
        Set<String> known = new HashSet<>();
        for (WeightTree.Place place : WeightTree.of(model)) {
            List<String> stored = stored(file, vars(file, place));
            known.addAll(stored);
            if (stored.size() != place.weights().size()) {
                mismatches.count(place.path(), place.name(), place.weights(), stored.size());
                continue;
            }
            for (int i = 0; i < stored.size(); i++) {
                Variable weight = place.weights().get(i);
                if (mismatches.fits(
                        weight, stored.get(i), file.spec(stored.get(i)).shape())) {
                    assignments.add(weight, stored.get(i));
                }
            }
        }
        file.arrays().stream()
                .filter(path -> !known.contains(path) && !isOther(file, path))
                .forEach(mismatches::unread);
        mismatches.finish(skipMismatch);
        if (model.isCompiled()) {
            readOptimizer(model, model.optimizer(), stored(file, OPTIMIZER), file, assignments);
        }
        assignments.carryOut(file);
    }

    /** State that is no weight: the optimizer's and the metrics', whose sums and counts are scalars. */
    private static boolean isOther(Hdf5Reader file, String path) {
        return path.startsWith("optimizer/")
                || path.startsWith("metrics/")
                || path.startsWith("_metrics/")
                || !path.contains("layers/") && file.spec(path).shape().rank() == 0;
    }

    private static String vars(Hdf5Reader file, WeightTree.Place place) {
        String vars = place.vars();
        return file.isGroup(vars) || !file.isGroup(OLD_LAYERS) ? vars : vars.replace("layers/", OLD_LAYERS + "/");
    }

    /** The arrays {@code 0, 1, 2 ...} of a group, in order. */
    private static List<String> stored(Hdf5Reader file, String group) {
        List<String> stored = new ArrayList<>();
        while (file.isArray(group + "/" + stored.size())) {
            stored.add(group + "/" + stored.size());
        }
        return stored;
    }

    /** An optimizer that was chosen otherwise than the file's starts afresh, as in Keras. */
    static void readOptimizer(
            Model model, Optimizer optimizer, List<String> stored, Hdf5Reader file, Assignments assignments) {
        if (stored.isEmpty()) {
            return;
        }
        optimizer.build(model.trainableWeights());
        List<Variable> variables = new ArrayList<>(optimizer.variables());
        if (stored.size() == variables.size() - 1 && optimizer.schedule().isEmpty()) {
            variables.remove(1); // Keras 2 did not write the learning rate
        }
        boolean fresh = stored.size() <= 2; // saved before the first step
        Optional<String> wrong = stored.size() != variables.size() && !fresh
                ? Optional.of(stored.size() + " variables instead of " + variables.size())
                : Optional.empty();
        int count = Math.min(stored.size(), variables.size());
        for (int i = 0; i < count && wrong.isEmpty(); i++) {
            if (!file.spec(stored.get(i)).shape().equals(variables.get(i).shape())) {
                wrong = Optional.of("shape " + file.spec(stored.get(i)).shape() + " for "
                        + variables.get(i).name() + " " + variables.get(i).shape());
            }
        }
        if (wrong.isPresent()) {
            LOG.warn(
                    "The optimizer of {} starts afresh: {} holds {}, of another optimizer or other weights.",
                    model.name(),
                    file.name(),
                    wrong.get());
            return;
        }
        for (int i = 0; i < count; i++) {
            assignments.add(variables.get(i), stored.get(i));
        }
    }

    /** What to set, once everything was found to fit. */
    static final class Assignments {
        private final List<Variable> variables = new ArrayList<>();
        private final List<String> paths = new ArrayList<>();

        void add(Variable variable, String path) {
            variables.add(variable);
            paths.add(path);
        }

        /** Reads all values before it sets the first. */
        void carryOut(Hdf5Reader file) {
            List<HostArray> values = paths.stream().map(file::array).toList();
            for (int i = 0; i < values.size(); i++) {
                Variable variable = variables.get(i);
                variable.assign(values.get(i).cast(variable.dtype()));
            }
        }
    }
}
