package dev.lamina.backend;

import dev.lamina.errors.BackendUnavailableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
            String environment = System.getenv("LAMINA_BACKEND");
            backend = find(System.getProperty("dev.lamina.backend", environment == null ? "auto" : environment));
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
        Backend backend = find(name);
        current = backend;
        return backend;
    }

    private static Backend find(String name) {
        List<BackendProvider> providers =
                ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .sorted(Comparator.comparingInt(BackendProvider::priority)
                                .reversed())
                        .toList();
        if (!name.equals("auto")) {
            for (BackendProvider provider : providers) {
                if (provider.name().equals(name)) {
                    return provider.backend();
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
                reasons.forEach(reason -> LOG.info("{} Using {}.", reason, backend.name()));
                return backend;
            } catch (BackendUnavailableException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new BackendUnavailableException(
                "[backend] expected a backend that works on this machine; found none. " + String.join(" ", reasons));
    }
}
