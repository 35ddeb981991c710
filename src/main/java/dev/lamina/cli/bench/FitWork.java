package dev.lamina.cli.bench;

import dev.lamina.callbacks.Callback;
import dev.lamina.callbacks.Logs;
import dev.lamina.callbacks.TrainingContext;
import dev.lamina.layers.Dense;
import dev.lamina.layers.Rescaling;
import dev.lamina.losses.Loss;
import dev.lamina.losses.MeanSquaredError;
import dev.lamina.losses.SparseCategoricalCrossentropy;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Sequential;
import dev.lamina.optimizers.Adam;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.LongConsumer;

/**
 * Epochs of {@code fit} on arrays in the host's memory, shuffled, with nobody following its batches: all that a user's
 * training does. What an epoch costs beside its steps is a part of them here.
 */
final class FitWork implements Work {
    /** Nothing is measured in the first epochs of a call: samples go to the device, and steps are captured. */
    private static final int SETTLING = 3;

    private final HostArray x;
    private final HostArray y;
    private final int batch;
    private final Sequential model;
    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final Optional<Setting> setting;
    private double epochMillis;

    /** A system property for as long as the work lasts. */
    private record Setting(String name, String value, Optional<String> before) {
        static Setting of(String name, String value) {
            Optional<String> before = Optional.ofNullable(System.getProperty(name));
            System.setProperty(name, value);
            return new Setting(name, value, before);
        }

        void undo() {
            before.ifPresentOrElse(was -> System.setProperty(name, was), () -> System.clearProperty(name));
        }
    }

    private FitWork(HostArray x, HostArray y, int batch, Sequential model, Optional<Setting> setting) {
        this.x = x;
        this.y = y;
        this.batch = batch;
        this.model = model;
        this.setting = setting;
        boolean regression = y.dtype().isFloating();
        Loss loss = regression ? new MeanSquaredError() : new SparseCategoricalCrossentropy(true);
        facts.put("size", x.spec() + ", batches of " + batch);
        setting.ifPresent(set -> facts.put("setting", set.name() + "=" + set.value()));
        try {
            model.compile(CompileOptions.with(new Adam(1e-3)).loss(loss));
            facts.put("execution", model.plan(specs(x), specs(y), batch).execution());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static List<TensorSpec> specs(HostArray array) {
        return List.of(array.spec());
    }

    /**
     * 8-32-32-1, 32 samples, mean squared error.
     *
     * @param together whether many steps may be one launch by one multiprocessor
     */
    static FitWork tiny(BenchSizes sizes, boolean together) {
        Optional<Setting> setting =
                together ? Optional.empty() : Optional.of(Setting.of("dev.lamina.cuda.tiny", "off"));
        int samples = Math.max(32, sizes.of(1 << 17));
        Random random = StepData.random();
        HostArray x = HostArray.of(StepData.normal(random, samples * 8), samples, 8);
        HostArray y = HostArray.of(StepData.normal(random, samples), samples, 1);
        Sequential model = Sequential.of(new Dense(32, "relu"), new Dense(32, "relu"), new Dense(1));
        return new FitWork(x, y, 32, model, setting);
    }

    /** 784-512-256-10, 128 samples of Fashion-MNIST's 60,000. */
    static FitWork classifier(BenchSizes sizes) {
        int samples = Math.max(128, sizes.of(60_000));
        Random random = StepData.random();
        HostArray x = HostArray.of(StepData.normal(random, samples * 784), samples, 784);
        Sequential model = Sequential.of(wide(sizes, 512), wide(sizes, 256), new Dense(10));
        return new FitWork(x, classes(random, samples), 128, model, Optional.empty());
    }

    /**
     * The same on 47 MB of bytes that the model scales.
     *
     * @param resident whether they may lie on the device; otherwise each batch comes from the host
     */
    static FitWork bytes(BenchSizes sizes, boolean resident) {
        Optional<Setting> setting =
                resident ? Optional.empty() : Optional.of(Setting.of("dev.lamina.residentBytes", "0"));
        int samples = Math.max(128, sizes.of(60_000));
        Random random = StepData.random();
        byte[] pixels = new byte[samples * 784];
        random.nextBytes(pixels);
        Sequential model = Sequential.of(new Rescaling(1.0 / 255), wide(sizes, 512), wide(sizes, 256), new Dense(10));
        return new FitWork(HostArray.of(pixels, samples, 784), classes(random, samples), 128, model, setting);
    }

    private static Dense wide(BenchSizes sizes, int units) {
        return new Dense(Math.max(32, sizes.of(units)), "relu");
    }

    private static HostArray classes(Random random, int samples) {
        return HostArray.of(random.ints(samples, 0, 10).toArray(), samples);
    }

    /** Ends the training after so long, and remembers when its epochs ended. */
    private static final class Clock implements Callback {
        private final double seconds;
        private final List<Long> ends = new ArrayList<>();

        private Clock(double seconds) {
            this.seconds = seconds;
        }

        @Override
        public void onEpochEnd(int epoch, Logs logs, TrainingContext training) {
            // The logs have been read, so the epoch's steps are done.
            ends.add(System.nanoTime());
            if (measured() > 0 && ends.getLast() - begin() >= seconds * 1e9) {
                training.stopTraining();
            }
        }

        private int measured() {
            return ends.size() - SETTLING;
        }

        private long begin() {
            return ends.get(SETTLING - 1);
        }
    }

    /** The latency is that of an epoch, by its number of steps. */
    @Override
    public Done run(double seconds, int leastSteps, LongConsumer latency) {
        Clock clock = new Clock(seconds);
        model.fit(x, y, options(Integer.MAX_VALUE).callback(clock));
        int steps = Math.ceilDiv(count(), batch);
        List<Long> epochs = new ArrayList<>();
        for (int i = SETTLING; i < clock.ends.size(); i++) {
            epochs.add(clock.ends.get(i) - clock.ends.get(i - 1));
        }
        epochs.forEach(epoch -> latency.accept(epoch / steps));
        Collections.sort(epochs);
        epochMillis = epochs.get(epochs.size() / 2) / 1e6;
        return new Done((long) clock.measured() * count(), (clock.ends.getLast() - clock.begin()) / 1e9);
    }

    private FitOptions options(int epochs) {
        return FitOptions.epochs(epochs).batchSize(batch).verbose(false);
    }

    private int count() {
        return x.shape().size(0);
    }

    @Override
    public long samples() {
        return batch;
    }

    /** Of one epoch. */
    @Override
    public OptionalDouble loss() {
        return OptionalDouble.of(model.fit(x, y, options(1)).get("loss").getLast());
    }

    @Override
    public Map<String, Object> facts() {
        Map<String, Object> all = new LinkedHashMap<>(facts);
        all.put("epoch_ms", epochMillis);
        return all;
    }

    @Override
    public void close() {
        model.close();
        setting.ifPresent(Setting::undo);
    }
}
