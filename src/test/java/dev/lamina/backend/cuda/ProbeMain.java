package dev.lamina.backend.cuda;

import dev.lamina.errors.BackendUnavailableException;

/**
 * A process of its own that asks twice for the backend and prints the answers. Arguments are settings of the simulator.
 */
final class ProbeMain {
    private ProbeMain() {}

    public static void main(String[] arguments) {
        for (int i = 0; i < 2; i++) {
            try {
                System.out.println(
                        "backend " + new CudaBackendProvider().backend().name());
            } catch (BackendUnavailableException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
