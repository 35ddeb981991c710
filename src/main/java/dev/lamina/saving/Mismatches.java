package dev.lamina.saving;

import dev.lamina.config.Config;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects what doesn't fit between a model and a file, so that one error tells all. */
final class Mismatches {
    private static final Logger LOG = LoggerFactory.getLogger(Mismatches.class);
    private static final int SHOWN = 100;

    private final String model;
    private final String file;
    private final List<String> found = new ArrayList<>();

    Mismatches(String model, String file) {
        this.model = model;
        this.file = file;
    }

    /** A layer has another number of weights in the file. */
    void count(String path, String layer, List<Variable> weights, int stored) {
        found.add("layer \"" + layer + "\" at \"" + path + "\": expected " + weights.size() + " weights "
                + weights.stream()
                        .map(weight -> weight.name() + " " + weight.shape())
                        .toList()
                + "; received " + stored + ".");
    }

    /** Whether the shapes are the same; another one is noted. */
    boolean fits(Variable weight, String path, Shape stored) {
        if (weight.shape().equals(stored)) {
            return true;
        }
        found.add("weight \"" + weight.name() + "\": expected shape " + weight.shape() + "; received " + stored
                + " at \"" + path + "\".");
        return false;
    }

    /** An array of the file that no layer of the model reads. */
    void unread(String path) {
        add("expected only weights of the model; received one more at \"" + Config.shown(path) + "\".");
    }

    void add(String difference) {
        found.add(difference);
    }

    /** An error if anything was found, or a warning if it is to be passed over. */
    void finish(boolean skip) {
        if (found.isEmpty()) {
            return;
        }
        String list = String.join("\n  ", found.subList(0, Math.min(SHOWN, found.size())));
        if (skip) {
            LOG.warn("Skipped what does not fit between model \"{}\" and {}:\n  {}", model, file, list);
            return;
        }
        throw new ModelFormatException("[load] expected the weights of model \"" + model + "\" in " + file
                + "; received " + found.size() + (found.size() == 1 ? " difference" : " differences") + ":\n  " + list
                + "\n  Load them into a model of the structure that was saved, or skip what does not fit with "
                + "loadWeights(file, true).");
    }
}
