package dev.lamina.callbacks;

import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import java.util.List;

/** What a callback may ask of the training that it watches, and do to it. */
public interface TrainingContext {
    /** The model's name. */
    String modelName();

    /** Training ends after the present batch or epoch. */
    void stopTraining();

    boolean isStopped();

    /** The optimizer's learning rate; waits for the device. */
    double learningRate();

    /** Takes effect at the next step. */
    void setLearningRate(double rate);

    /** The number of steps the optimizer has taken; waits for the device. */
    long iterations();

    /** The values of the model's weights, copied to the host. */
    List<HostArray> weights();

    /** Sets the model's weights. */
    void setWeights(List<HostArray> values);

    /** Writes the whole model, as {@code Model.save} does. */
    void save(Path file);

    /** Throws what {@link #save} would of a model that holds something which has no form in files. */
    void checkSavable();

    /** Writes the model's weights. */
    void saveWeights(Path file);

    /**
     * Writes everything that the rest of the training depends on: weights, optimizer, random state, metrics, epoch,
     * step, the order of the data and what the callbacks remember. Asked for in a hook, it is done once all callbacks
     * have been told.
     */
    void saveState(Path file);

    /**
     * Goes back to where {@link #saveState} was called, also in another process: from there the training gives the same
     * numbers as one that was never interrupted. To be called in {@link Callback#onTrainBegin}; the model must be made
     * and compiled, and the data given, as they were.
     */
    void restoreState(Path file);
}
