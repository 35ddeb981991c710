package dev.lamina.backend;

import java.util.Map;

/** Found by {@link java.util.ServiceLoader}: how a backend announces itself. */
public interface BackendProvider {
    /** {@code cpu} or {@code cuda}. */
    String name();

    /** Which provider {@code auto} tries first: the higher one. */
    int priority();

    /**
     * The backend, the same at every call.
     *
     * @throws dev.lamina.errors.BackendUnavailableException with the reason, if this machine has no such device
     */
    Backend backend();

    /** Loads what the backend will need and any process may have loaded, before it is known whether it is used. */
    default void warmUp() {}

    /**
     * What {@code lamina doctor} says about this backend beyond whether it is available: strings, numbers, booleans,
     * and lists and maps of such, by name.
     */
    default Map<String, Object> diagnosis() {
        return Map.of();
    }
}
