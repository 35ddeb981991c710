package dev.lamina.saving;

import dev.lamina.config.Config;
import dev.lamina.config.Registry;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.losses.Loss;
import dev.lamina.losses.Losses;
import dev.lamina.metrics.Metric;
import dev.lamina.metrics.Metrics;
import dev.lamina.models.CompileOptions;
import dev.lamina.models.MetricChoice;
import dev.lamina.models.PerOutput;
import dev.lamina.optimizers.Optimizer;
import dev.lamina.optimizers.Optimizers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a model was compiled with, as Keras writes it. */
final class CompileConfig {
    private static final String CLASS = "class_name";

    private CompileConfig() {}

    static Map<String, Object> write(CompileOptions options) {
        return Config.entries(
                "optimizer", Optimizers.serialize(options.optimizer()),
                "loss", perOutput(options.losses(), Losses::serialize),
                "loss_weights", perOutput(options.lossWeights(), weight -> weight),
                "metrics", perOutput(options.metrics(), CompileConfig::metrics),
                "weighted_metrics", perOutput(options.weightedMetrics(), CompileConfig::metrics),
                "run_eagerly", options.runEagerly(),
                "steps_per_execution", options.stepsPerExecution(),
                "jit_compile", false);
    }

    /** One thing for all outputs, or a map by their names, or a list by their places; null in its gaps. */
    private static <T> Optional<Object> perOutput(PerOutput<T> given, Function<T, Object> form) {
        if (given.places().isEmpty()) {
            return given.every().map(form);
        }
        Map<String, Object> named = new LinkedHashMap<>();
        given.places().forEach((place, value) -> named.put(place, form.apply(value)));
        if (!named.keySet().stream().allMatch(place -> place.matches("\\d{1,6}"))) {
            return Optional.of(named);
        }
        List<@Nullable Object> listed = new ArrayList<>();
        named.forEach((place, value) -> {
            int index = Integer.parseInt(place);
            while (listed.size() <= index) {
                listed.add(null);
            }
            listed.set(index, value);
        });
        return Optional.of(listed);
    }

    private static List<Object> metrics(List<MetricChoice> choices) {
        List<Object> forms = new ArrayList<>();
        for (MetricChoice choice : choices) {
            forms.add(choice.given().<Object>map(Metrics::serialize).orElse(choice.name()));
        }
        return forms;
    }

    /**
     * The inverse of {@link #write}; nothing for a model that was not compiled.
     *
     * @throws ModelFormatException if it names what Lamina lacks
     */
    static Optional<CompileOptions> read(Map<String, Object> entries) {
        if (entries.get("optimizer") == null) {
            return Optional.empty();
        }
        Config config = new Config("compile_config", entries);
        try {
            CompileOptions options = CompileOptions.with(optimizer(config));
            options = losses(options, entries.get("loss"));
            options = lossWeights(options, entries.get("loss_weights"));
            options = metrics(options, entries.get("metrics"), false);
            options = metrics(options, entries.get("weighted_metrics"), true);
            return Optional.of(options.runEagerly(config.flag("run_eagerly", false))
                    .stepsPerExecution(config.integer("steps_per_execution", 1)));
        } catch (IllegalArgumentException | ModelFormatException e) {
            throw new ModelFormatException(
                    "[load] expected a model that was compiled with what Lamina has; " + e.getMessage()
                            + " Load it without: Model.load(file, false).",
                    e);
        }
    }

    private static Optimizer optimizer(Config config) {
        return config.get("optimizer").orElse(null) instanceof String name
                ? Optimizers.of(name)
                : Optimizers.deserialize(config.map("optimizer"));
    }

    // Losses.

    private static CompileOptions losses(CompileOptions given, @Nullable Object form) {
        if (form == null) {
            return given;
        }
        if (isOne(form)) {
            return given.loss(loss(form));
        }
        CompileOptions options = given;
        for (Map.Entry<String, Object> place : places("loss", form).entrySet()) {
            options = options.loss(place.getKey(), loss(only(place.getValue())));
        }
        return options;
    }

    private static Loss loss(Object form) {
        return form instanceof String name ? Losses.of(name) : Losses.deserialize(Json.object(form, "loss"));
    }

    private static CompileOptions lossWeights(CompileOptions given, @Nullable Object form) {
        if (form == null) {
            return given;
        }
        CompileOptions options = given;
        for (Map.Entry<String, Object> place : places("loss_weights", form instanceof Number ? List.of(form) : form)
                .entrySet()) {
            if (!(place.getValue() instanceof Number weight)) {
                throw new ModelFormatException(
                        "[load] expected numbers as \"loss_weights\"; received " + Config.shown(form) + ".");
            }
            options = options.lossWeight(place.getKey(), weight.doubleValue());
        }
        return options;
    }

    // Metrics.

    private static CompileOptions metrics(CompileOptions given, @Nullable Object form, boolean weighted) {
        if (form == null) {
            return given;
        }
        CompileOptions options = given;
        boolean flat = form instanceof List<?> list && list.stream().noneMatch(List.class::isInstance);
        if (isOne(form) || flat) {
            for (Object item : form instanceof List<?> list ? list : List.of(form)) {
                if (item != null) {
                    options = add(options, Optional.empty(), item, weighted);
                }
            }
            return options;
        }
        for (Map.Entry<String, Object> place : places("metrics", form).entrySet()) {
            Object value = place.getValue();
            for (Object item : value instanceof List<?> list ? list : List.of(value)) {
                options = add(options, Optional.of(place.getKey()), item, weighted);
            }
        }
        return options;
    }

    private static CompileOptions add(CompileOptions options, Optional<String> output, Object form, boolean weighted) {
        Optional<String> name = name(form);
        if (name.isPresent()) {
            return output.isEmpty()
                    ? weighted ? options.weightedMetric(name.get()) : options.metric(name.get())
                    : weighted
                            ? options.weightedMetric(output.get(), name.get())
                            : options.metric(output.get(), name.get());
        }
        Metric metric = Metrics.deserialize(Json.object(form, "metrics"));
        return output.isEmpty()
                ? weighted ? options.weightedMetric(metric) : options.metric(metric)
                : weighted ? options.weightedMetric(output.get(), metric) : options.metric(output.get(), metric);
    }

    /** A metric's name, given as such or as Keras writes a function of its own. */
    private static Optional<String> name(Object form) {
        return form instanceof String text
                ? Optional.of(text)
                : Registry.functionName(form).filter(Metrics::isKeras);
    }

    // Forms.

    private static boolean isOne(Object form) {
        return form instanceof String || form instanceof Map<?, ?> map && map.containsKey(CLASS);
    }

    /** Keras allows a list around a single one. */
    private static Object only(Object form) {
        return form instanceof List<?> list && list.size() == 1 ? list.get(0) : form;
    }

    /** By names, or by places, without those that are null. */
    private static Map<String, Object> places(String what, Object form) {
        Map<String, Object> places = new LinkedHashMap<>();
        switch (form) {
            case Map<?, ?> map ->
                map.forEach((place, value) -> {
                    if (value != null) {
                        places.put(String.valueOf(place), value);
                    }
                });
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    if (list.get(i) != null) {
                        places.put(Integer.toString(i), list.get(i));
                    }
                }
            }
            default ->
                throw new ModelFormatException("[load] expected a name, a map or a list as \"" + what + "\"; received "
                        + Config.shown(form) + ".");
        }
        return places;
    }
}
