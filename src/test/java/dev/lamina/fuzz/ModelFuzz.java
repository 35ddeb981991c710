package dev.lamina.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lamina.backend.Backends;
import dev.lamina.layers.DTypePolicy;
import dev.lamina.layers.Layer;
import dev.lamina.layers.LayerNames;
import dev.lamina.memory.LeakCheck;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.FitOptions;
import dev.lamina.models.Model;
import dev.lamina.optimizers.Adam;
import dev.lamina.optimizers.AdamW;
import dev.lamina.optimizers.Lion;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.RMSprop;
import dev.lamina.optimizers.SGD;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Variable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Trains random models in several ways, which must agree; a seed stands for a model, its optimizer, its data and how it
 * is trained. {@code src/test/scripts/fuzz-models.sh} tries seed after seed.
 */
final class ModelFuzz {
    private static final List<String> POLICIES =
            List.of("float32", "float32", "float32", "mixed_bfloat16", "mixed_float16");

    private static final List<String> LOSSES = List.of(
            "sparse_categorical_crossentropy",
            "sparse_categorical_crossentropy",
            "categorical_crossentropy",
            "mean_squared_error",
            "mean_absolute_error",
            "huber",
            "log_cosh",
            "kl_divergence",
            "poisson",
            "cosine_similarity",
            "categorical_focal_crossentropy",
            "binary_crossentropy",
            "categorical_hinge",
            "dice",
            "tversky");

    /** For targets that are one number for each class. */
    private static final List<String> METRICS = List.of(
            "accuracy",
            "AUC",
            "Precision",
            "Recall",
            "TopKCategoricalAccuracy",
            "RootMeanSquaredError",
            "R2Score",
            "CosineSimilarity",
            "TruePositives",
            "FalseNegatives",
            "MeanSquaredError",
            "KLDivergence");

    private final long seed;

    ModelFuzz(long seed) {
        this.seed = seed;
    }

    /** What a training gave: losses and metrics, then all variables, then what the model predicts. */
    private record Outcome(Map<String, List<Double>> logs, List<HostArray> state, HostArray predictions) {
        /** All that no tie decides, as a metric's counts: losses, variables, predictions. */
        double[] numbers() {
            DoubleStream losses = Stream.of("loss", "evaluated loss")
                    .flatMap(name -> logs.get(name).stream())
                    .mapToDouble(Double::doubleValue);
            return Stream.concat(
                            Stream.of(losses),
                            Stream.concat(state.stream(), Stream.of(predictions))
                                    .map(array -> Arrays.stream(array.toDoubleArray())))
                    .flatMapToDouble(numbers -> numbers)
                    .toArray();
        }
    }

    /** How a model is trained, by its seed. */
    private record Recipe(
            int samples,
            int batch,
            boolean shuffle,
            boolean weighted,
            boolean freezes,
            boolean validated,
            int together,
            String policy,
            String loss,
            List<String> metrics) {
        static Recipe of(long seed) {
            Random random = new Random(~seed);
            int samples = 5 + random.nextInt(30);
            return new Recipe(
                    samples,
                    1 + random.nextInt(samples),
                    random.nextBoolean(),
                    random.nextInt(3) == 0,
                    random.nextBoolean(),
                    samples > 8 && random.nextInt(3) == 0,
                    random.nextInt(3) == 0 ? 2 + random.nextInt(3) : 1,
                    any(random, POLICIES),
                    any(random, LOSSES),
                    List.of(any(random, METRICS), any(random, METRICS)));
        }

        private static String any(Random random, List<String> names) {
            return names.get(random.nextInt(names.size()));
        }

        /** Whether targets are numbers of classes; else one number for each class. */
        boolean sparse() {
            return loss.startsWith("sparse");
        }
    }

    private Optimizer optimizer() {
        return switch (new Random(seed * 31).nextInt(8)) {
            case 0 -> new SGD(0.02);
            case 1 -> new SGD(0.02, 0.9, true);
            case 2 -> new RMSprop(0.002);
            case 3 -> new AdamW(0.005, 0.01);
            case 4 -> new Lion(0.001);
            case 5 -> Adam.of().learningRate(0.005).globalClipNorm(0.5).build();
            case 6 -> Adam.of().learningRate(0.005).useEma(true).build();
            default -> new Adam(0.005);
        };
    }

    /** Step by step as traced: the same bits. */
    void tracedEqualsEager() {
        String policy = Recipe.of(seed).policy;
        Outcome eager = train(optimizer(), true, policy);
        Outcome traced = train(optimizer(), false, policy);
        assertThat(traced.logs).as("logs").isEqualTo(eager.logs);
        for (int i = 0; i < eager.state.size(); i++) {
            assertThat(traced.state.get(i).toDoubleArray())
                    .as("variable %d", i)
                    .isEqualTo(eager.state.get(i).toDoubleArray());
        }
        assertThat(traced.predictions.toDoubleArray()).as("predictions").isEqualTo(eager.predictions.toDoubleArray());
    }

    /**
     * On one backend as on the other, but for rounding. How much a model makes of that is told by a training with a
     * rate that differs in the sixth digit; plain descent adds little of its own.
     */
    void backendsAgree(String one, String other) {
        Backends.use(one);
        double[] first = train(new SGD(0.01), false, "float32").numbers();
        double[] shaken = train(new SGD(0.01 * (1 + 1e-6)), false, "float32").numbers();
        Backends.use(other);
        double[] second = train(new SGD(0.01), false, "float32").numbers();
        assertThat(second).hasSameSizeAs(first);
        double most = 0;
        for (int i = 0; i < first.length; i++) {
            double apart = Math.abs(shaken[i] - first[i]);
            most = Double.isNaN(apart) ? most : Math.max(most, apart);
        }
        for (int i = 0; i < first.length; i++) {
            if (!Double.isNaN(first[i])) {
                assertThat(second[i])
                        .as("number %d", i)
                        .isCloseTo(first[i], within(2e-3 * Math.max(1, Math.abs(first[i])) + 10 * most));
            }
        }
    }

    /** A model that was saved and loaded predicts the same bits, and its optimizer goes on where it was. */
    void savedGoesOnTheSame(Path folder) throws IOException {
        Recipe recipe = Recipe.of(seed);
        Path file = Files.createTempFile(folder, "model", ".keras");
        try (Model model = compiled(optimizer(), false, recipe.policy)) {
            HostArray x = new RandomModel(seed).samples(recipe.samples);
            model.fit(x, targets(), FitOptions.epochs(1).verbose(false));
            HostArray before = model.predict(x, recipe.batch);
            model.save(file);
            try (Model loaded = Model.load(file)) {
                assertThat(loaded.predict(x, recipe.batch).toDoubleArray()).isEqualTo(before.toDoubleArray());
                assertThat(values(loaded.optimizer().variables()))
                        .usingRecursiveComparison()
                        .isEqualTo(values(model.optimizer().variables()));
                // Random draws begin anew, as in Keras.
                if (model.variables().size() == model.weights().size()) {
                    FitOptions on = FitOptions.epochs(2).shuffle(false).verbose(false);
                    assertThat(loaded.fit(x, targets(), on).values())
                            .isEqualTo(model.fit(x, targets(), on).values());
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static List<double[]> values(List<Variable> variables) {
        return variables.stream()
                .map(variable -> variable.toHost().toDoubleArray())
                .toList();
    }

    /** Nothing is left on the device when all is closed. */
    void leavesNothing() {
        train(optimizer(), false, "float32");
        long before = Backends.current().statistics().liveBytes();
        train(optimizer(), false, "float32");
        // Constants of a step are the garbage collector's.
        assertThat(LeakCheck.liveOnceCollected(before)).isLessThanOrEqualTo(before);
    }

    private HostArray targets() {
        Recipe recipe = Recipe.of(seed);
        Random random = new Random(seed + 1);
        int count = recipe.samples;
        if (!recipe.sparse()) {
            int[] labels = random.ints(count, 0, RandomModel.CLASSES).toArray();
            return HostArray.zeros(Shape.of(count, RandomModel.CLASSES), DType.FLOAT32)
                    .fill(i -> i % RandomModel.CLASSES == labels[(int) i / RandomModel.CLASSES] ? 1 : 0);
        }
        return HostArray.zeros(Shape.of(count), DType.INT32).fill(i -> random.nextInt(RandomModel.CLASSES));
    }

    private Model compiled(Optimizer optimizer, boolean eagerly, String policy) {
        Recipe recipe = Recipe.of(seed);
        SeedGenerator.setGlobalSeed(seed);
        LayerNames.reset();
        DTypePolicy.setGlobal(policy);
        try {
            Model model = new RandomModel(seed).make();
            CompileOptions options = CompileOptions.with(optimizer)
                    .loss(recipe.loss)
                    .stepsPerExecution(recipe.together)
                    .runEagerly(eagerly);
            if (recipe.sparse()) {
                options = options.metric("accuracy");
            } else {
                for (String metric : recipe.metrics) {
                    options = options.metric(metric);
                }
            }
            model.compile(options);
            return model;
        } finally {
            DTypePolicy.setGlobal(DTypePolicy.FLOAT32);
        }
    }

    private Outcome train(Optimizer optimizer, boolean eagerly, String policy) {
        Recipe recipe = Recipe.of(seed);
        HostArray x = new RandomModel(seed).samples(recipe.samples);
        HostArray y = targets();
        try (optimizer;
                Model model = compiled(optimizer, eagerly, policy)) {
            FitOptions options = FitOptions.epochs(2)
                    .batchSize(recipe.batch)
                    .shuffle(recipe.shuffle)
                    .verbose(false);
            if (recipe.validated) {
                options = options.validationSplit(0.3);
            }
            if (recipe.weighted) {
                Random random = new Random(seed + 2);
                options = options.sampleWeights(
                        HostArray.zeros(Shape.of(recipe.samples), DType.FLOAT32).fill(i -> random.nextInt(3)));
            }
            Map<String, List<Double>> logs = new LinkedHashMap<>();
            model.fit(x, y, options).values().forEach((name, values) -> logs.put(name, new ArrayList<>(values)));
            if (recipe.freezes) {
                Layer frozen = model.layers().get(model.layers().size() / 2);
                frozen.setTrainable(false);
                model.fit(x, y, options)
                        .values()
                        .forEach((name, values) -> logs.get(name).addAll(values));
                frozen.setTrainable(true);
                model.fit(x, y, options)
                        .values()
                        .forEach((name, values) -> logs.get(name).addAll(values));
            }
            model.evaluate(x, y, recipe.batch).forEach((name, value) -> logs.put("evaluated " + name, List.of(value)));
            List<HostArray> state = new ArrayList<>();
            model.variables().stream().map(Variable::toHost).forEach(state::add);
            optimizer.variables().stream().map(Variable::toHost).forEach(state::add);
            return new Outcome(logs, state, model.predict(x, recipe.batch));
        }
    }

    /**
     * Tries seeds for so many seconds; prints those that fail. Arguments: seconds, first seed, whether CUDA is there.
     */
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws IOException {
            long end = System.nanoTime() + Long.parseLong(arguments[0]) * 1_000_000_000L;
            long first = Long.parseLong(arguments[1]);
            boolean cuda = Boolean.parseBoolean(arguments[2]);
            Path folder = Files.createTempDirectory("lamina-models");
            int failed = 0;
            long seed = first;
            for (; System.nanoTime() < end; seed++) {
                try {
                    ModelFuzz model = new ModelFuzz(seed);
                    if (cuda) {
                        model.backendsAgree("cpu", "cuda");
                    } else {
                        model.tracedEqualsEager();
                        model.savedGoesOnTheSame(folder);
                    }
                    model.leavesNothing();
                } catch (RuntimeException | AssertionError e) {
                    failed++;
                    System.out.println("seed " + seed + " failed: " + e);
                    if (!(e instanceof AssertionError)) {
                        e.printStackTrace(System.out);
                    }
                }
            }
            Files.delete(folder);
            System.out.println((seed - first) + " models from seed " + first + ", " + failed + " failed");
            if (failed > 0) {
                System.exit(1);
            }
        }
    }
}
