package dev.lamina.callbacks;

import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A training that only remembers what callbacks do to it. */
final class FakeTraining implements TrainingContext {
    boolean stopped;
    double rate = 0.1;
    long iterations;
    List<HostArray> weights = List.of();
    final List<Path> saved = new ArrayList<>();
    final List<Path> savedWeights = new ArrayList<>();

    @Override
    public String modelName() {
        return "fake";
    }

    @Override
    public void stopTraining() {
        stopped = true;
    }

    @Override
    public boolean isStopped() {
        return stopped;
    }

    @Override
    public double learningRate() {
        return rate;
    }

    @Override
    public void setLearningRate(double newRate) {
        rate = newRate;
    }

    @Override
    public long iterations() {
        return iterations;
    }

    @Override
    public List<HostArray> weights() {
        return weights;
    }

    @Override
    public void setWeights(List<HostArray> values) {
        weights = values;
    }

    @Override
    public void save(Path file) {
        saved.add(file);
    }

    @Override
    public void checkSavable() {}

    @Override
    public void saveWeights(Path file) {
        savedWeights.add(file);
    }

    @Override
    public void saveState(Path file) {
        saved.add(file);
    }

    @Override
    public void restoreState(Path file) {}
}
