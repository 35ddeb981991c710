package dev.lamina.callbacks;

import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A callback made of functions.
 *
 * <pre>{@code LambdaCallback.of().onEpochEnd((epoch, logs) -> System.out.println(logs.get("loss"))).build()}</pre>
 */
public final class LambdaCallback implements Callback {
    private final Builder functions;

    private LambdaCallback(Builder functions) {
        this.functions = functions;
    }

    public static Builder of() {
        return new Builder();
    }

    @Override
    public boolean followsBatches() {
        return functions.batches;
    }

    @Override
    public void onTrainBegin(Plan plan, TrainingContext training) {
        functions.trainBegin.accept(plan);
    }

    @Override
    public void onTrainEnd(Logs logs, TrainingContext training) {
        functions.trainEnd.accept(logs);
    }

    @Override
    public void onEpochBegin(int epoch, TrainingContext training) {
        functions.epochBegin.accept(epoch);
    }

    @Override
    public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
        functions.epochEnd.accept(epoch, logs);
    }

    @Override
    public void onTrainBatchBegin(int step, TrainingContext training) {
        functions.batchBegin.accept(step);
    }

    @Override
    public void onTrainBatchEnd(int step, Logs logs, TrainingContext training) {
        functions.batchEnd.accept(step, logs);
    }

    /** The functions; what is not given does nothing. */
    public static final class Builder {
        private Consumer<Plan> trainBegin = plan -> {};
        private Consumer<Logs> trainEnd = logs -> {};
        private Consumer<Integer> epochBegin = epoch -> {};
        private BiConsumer<Integer, Logs> epochEnd = (epoch, logs) -> {};
        private boolean batches;
        private Consumer<Integer> batchBegin = step -> {};
        private BiConsumer<Integer, Logs> batchEnd = (step, logs) -> {};

        private Builder() {}

        public Builder onTrainBegin(Consumer<Plan> function) {
            trainBegin = function;
            return this;
        }

        public Builder onTrainEnd(Consumer<Logs> function) {
            trainEnd = function;
            return this;
        }

        public Builder onEpochBegin(Consumer<Integer> function) {
            epochBegin = function;
            return this;
        }

        public Builder onEpochEnd(BiConsumer<Integer, Logs> function) {
            epochEnd = function;
            return this;
        }

        public Builder onTrainBatchBegin(Consumer<Integer> function) {
            batches = true;
            batchBegin = function;
            return this;
        }

        public Builder onTrainBatchEnd(BiConsumer<Integer, Logs> function) {
            batches = true;
            batchEnd = function;
            return this;
        }

        public LambdaCallback build() {
            return new LambdaCallback(this);
        }
    }
}
