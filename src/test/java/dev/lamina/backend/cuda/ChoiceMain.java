package dev.lamina.backend.cuda;

import dev.lamina.backend.Backends;
import dev.lamina.errors.BackendUnavailableException;

/** A process of its own that asks twice for the current backend and prints its name. */
final class ChoiceMain {
    private ChoiceMain() {}

    public static void main(String[] arguments) {
        try {
            Backends.current();
            System.out.println("current " + Backends.current().name());
        } catch (BackendUnavailableException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }
}
