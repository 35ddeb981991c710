package dev.lamina.backend;

import dev.lamina.errors.BackendUnavailableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the backends and holds the one in use. It is chosen at the first use, by {@link #use}, or else by the system
 * property {@code dev.lamina.backend}, the environment variable {@code LAMINA_BACKEND}, or {@code auto}: the best one
 * that works here.
 */
public final class Backends {
    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    private static final String AUTO = "auto";

    private static volatile @Nullable Backend current;

    private Backends() {}

    /** The backend that new tensors and ops use. */
    public static Backend current() {
        Backend backend = current;
        return backend != null ? backend : choose();
    }

    private static synchronized Backend choose() {
        Backend backend = current;
        if (backend == null) {
            String property = System.getProperty("dev.lamina.backend");
            String environment = System.getenv("LAMINA_BACKEND");
            if (property != null) {
                backend = find(property, "dev.lamina.backend");
            } else if (environment != null) {
                backend = find(environment, "LAMINA_BACKEND");
            } else {
                backend = find(AUTO, "default");
            }
            current = backend;
        }
        return backend;
    }

    /**
     * Uses another backend from now on. Tensors stay where they are: choose before making any.
     *
     * @param name {@code auto}, {@code cpu} or {@code cuda}; one that is asked for by name and can't be had is a
     *     {@link BackendUnavailableException}
     */
    public static synchronized Backend use(String name) {
        Backend backend = find(name, "Backends.use");
        current = backend;
        return backend;
    }

    /**
     * Does what takes a while at a backend's first use and does not depend on the choice of one: sets up logging and
     * loads native libraries. For a thread beside one that does something else meanwhile.
     */
    public static void warmUp() {
        providers().forEach(BackendProvider::warmUp);
    }

    /** Those there are, the one that {@code auto} tries first at the beginning. */
    private static List<BackendProvider> providers() {
        return ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(BackendProvider::priority).reversed())
                .toList();
    }

    /** Finds the backend and says in one line which it is and why. */
    private static Backend find(String name, String by) {
        List<BackendProvider> providers = providers();
        if (!name.equals(AUTO)) {
            for (BackendProvider provider : providers) {
                if (provider.name().equals(name)) {
                    Backend backend = provider.backend();
                    if (!Objects.equals(backend, current)) {
                        LOG.info("Using {}: asked for by {}.", backend, by);
                    }
                    return backend;
                }
            }
            String known = providers.stream().map(BackendProvider::name).collect(Collectors.joining(", "));
            throw new BackendUnavailableException(
                    "[backend] expected auto or one of " + known + "; received \"" + name + "\".");
        }
        List<String> reasons = new ArrayList<>();
        for (BackendProvider provider : providers) {
            try {
                Backend backend = provider.backend();
                if (reasons.isEmpty()) {
                    LOG.info("Using {}: chosen by auto.", backend);
                } else {
                    LOG.info("{} Using {}. \"lamina doctor\" tells more.", String.join(" ", reasons), backend.name());
                }
                return backend;
            } catch (BackendUnavailableException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new BackendUnavailableException(
                "[backend] expected a backend that works on this machine; found none. " + String.join(" ", reasons));
    }
}
