package dev.lamina.config;

import dev.lamina.errors.LaminaException;
import dev.lamina.errors.ModelFormatException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The classes of one kind that can be rebuilt from data, by name. Only what is registered comes out of a file; class
 * names in files are never loaded.
 *
 * @param <T> what all of them are
 */
public final class Registry<T> {
    /**
     * Makes an object from its config.
     *
     * @param <T> what it makes
     */
    @FunctionalInterface
    public interface Factory<T> {
        T create(Config config);
    }

    private static final String FUNCTION = "function";

    private final String kind;
    private final String registering;
    private final String options;
    private final Map<String, Factory<? extends T>> factories = new ConcurrentHashMap<>();

    /** Keras's registered names of users' own classes, by their simple names. */
    private final Map<String, String> own = new ConcurrentHashMap<>();

    /** @param kind what all of them are, for messages: {@code "constraint"} */
    public Registry(String kind) {
        this(kind, "", "");
    }

    /**
     * One that tells users how to make their own classes known.
     *
     * @param registering the call that makes a class known: {@code "Losses.register(name, factory)"}
     * @param options the call that reads what all of the kind have: {@code "LossOptions.fromConfig(config)"}
     */
    public Registry(String kind, String registering, String options) {
        this.kind = kind;
        this.registering = registering;
        this.options = options;
    }

    /** Makes a class known by its name, the name's snake case, and other names. */
    public Registry<T> register(String className, Factory<? extends T> factory, String... otherNames) {
        factories.put(className, factory);
        factories.put(snakeCase(className), factory);
        for (String name : otherNames) {
            factories.put(name, factory);
        }
        return this;
    }

    /**
     * Makes a class of a user's own known by its name and the name's snake case.
     *
     * @param name the name that Keras registers its counterpart by, {@code package>Class}, or the class's name alone
     *     for Keras's default package {@code Custom}
     */
    public void registerOwn(String name, Factory<? extends T> factory) {
        String simple = Serialized.simpleName(name);
        if (factories.containsKey(simple) && !own.containsKey(simple)) {
            throw new IllegalArgumentException("[" + kind + "] expected a name that Keras has no " + kind
                    + " of; received \"" + name + "\". Give your class another name.");
        }
        register(simple, factory);
        own.put(simple, simple.equals(name) ? "Custom>" + name : name);
    }

    /**
     * An object as Keras writes it. A class outside of the package is a user's own, of no module, and goes by the name
     * that it is registered by, or by its class's alone.
     *
     * @param module Keras's module of the classes in the package
     * @param inside the package with Keras's classes
     */
    public Map<String, Object> serialize(
            String module, Package inside, Class<?> type, String className, Map<String, Object> config) {
        return type.getPackage().equals(inside)
                ? new Serialized(module, className, config).toMap()
                : new Serialized("", className, config, own.getOrDefault(className, className)).toMap();
    }

    /**
     * A function as Keras writes it: by the name that it is registered by, or its own.
     *
     * @param isKeras whether a reader would take the name for one of Keras's functions
     */
    public Map<String, Object> serializeFunction(String name, boolean isKeras) {
        if (isKeras) {
            throw new IllegalStateException("[" + name + "] expected a function by a name that Keras has no " + kind
                    + " of, to write it to a file. Give it another name.");
        }
        return Config.entries(
                "module",
                "builtins",
                "class_name",
                FUNCTION,
                "config",
                own.getOrDefault(name, name),
                "registered_name",
                FUNCTION);
    }

    /** The name, with its package if it has one, of a function in Keras's form; empty for anything else. */
    public static Optional<String> functionName(@Nullable Object data) {
        return data instanceof Map<?, ?> map
                        && FUNCTION.equals(map.get("class_name"))
                        && map.get("config") instanceof String name
                ? Optional.of(name)
                : Optional.empty();
    }

    /** Whether a user has made an object of that name known. */
    public boolean isOwn(String name) {
        return own.containsKey(name);
    }

    /** Whether there is an object of that name. */
    public boolean knows(String name) {
        return factories.containsKey(name);
    }

    /** The object of that name with its default arguments; another name is an {@link IllegalArgumentException}. */
    public T of(String name) {
        Factory<? extends T> factory = factories.get(name);
        if (factory == null) {
            throw new IllegalArgumentException(unknown(name));
        }
        return factory.create(new Config(name, Map.of()));
    }

    /**
     * The object that Keras's form describes, of a class ({@link Serialized}) or a function. An unknown class, an entry
     * that no argument of the class reads, or a wrong value is a {@link ModelFormatException}.
     */
    public T deserialize(Map<String, ?> data) {
        Serialized object = Serialized.of(
                kind, functionName(data).<Map<String, ?>>map(Registry::asClass).orElse(data));
        Factory<? extends T> factory = factories.get(object.className());
        if (factory == null || !isMeant(object)) {
            throw new ModelFormatException(
                    unknown(object.registeredName().isEmpty() ? object.className() : object.registeredName()));
        }
        Config config = new Config(object.className(), object.config());
        T result;
        try {
            result = factory.create(config);
        } catch (LaminaException e) {
            throw e;
        } catch (RuntimeException e) {
            String reason = e instanceof IllegalArgumentException
                    ? e.getMessage()
                    : e + ". Does its config() write every entry that its factory reads?";
            throw new ModelFormatException(
                    "[" + kind + "] expected a valid config of " + object.className() + "; received "
                            + Config.shown(object.config()) + ": " + reason,
                    e);
        }
        if (own.containsKey(object.className())) {
            requireAllRead(config);
        }
        config.finish();
        return result;
    }

    private static Map<String, Object> asClass(String function) {
        return Config.entries("class_name", function, "registered_name", function.contains(">") ? function : "");
    }

    /** Whether what is known by the class's name is the object that was written, and none of Keras of equal name. */
    private boolean isMeant(Serialized object) {
        String registered = object.registeredName();
        boolean isOwn = own.containsKey(object.className());
        return registered.contains(">")
                ? registered.equals(own.get(object.className()))
                : isOwn || registered.isEmpty() || !object.module().isEmpty();
    }

    private void requireAllRead(Config config) {
        if (!config.unread().isEmpty()) {
            throw new ModelFormatException("[" + kind + "] expected the factory of " + config.owner()
                    + " to read its whole config; it did not read " + String.join(", ", config.unread()) + ". "
                    + options + ", passed to super, reads what every " + kind + " has.");
        }
    }

    private String unknown(String name) {
        return "[" + kind + "] expected a registered " + kind + "; received \"" + Config.shown(name) + "\"."
                + CloseNames.suggest(name, factories.keySet()) + " Known: " + classNames() + "."
                + (registering.isEmpty() ? "" : " Register your own with " + registering + ".");
    }

    private List<String> classNames() {
        return new TreeSet<>(factories.keySet())
                .stream().filter(name -> Character.isUpperCase(name.charAt(0))).toList();
    }

    /** Keras's name of an object made from its class: {@code BatchNormalization} is {@code batch_normalization}. */
    public static String snakeCase(String className) {
        return className
                .replaceAll("(.)([A-Z][a-z]+)", "$1_$2")
                .replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }
}
