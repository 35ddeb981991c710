package dev.lamina.backend.cuda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The kinds of containers that can be told from inside, and how one is given a GPU. */
enum Container {
    APPTAINER("This is a container of Apptainer that was given no GPU: start it with --nv."),
    KUBERNETES("This is a container of Kubernetes that was given no GPU: set nvidia.com/gpu in its resources' limits, "
            + "which needs NVIDIA's device plugin in the cluster."),
    OTHER("This is a container: start it with --gpus all, which needs the NVIDIA Container Toolkit on "
            + "the host, and with NVIDIA_DRIVER_CAPABILITIES=compute,utility.");

    private final String advice;

    Container(String advice) {
        this.advice = advice;
    }

    /** What to do where the driver or the device is missing. */
    String advice() {
        return advice;
    }

    /** The one that this process is in; empty where there is no sign of any. */
    static Optional<Container> of(LibraryPlaces places) {
        Map<String, String> variables = places.variables();
        if (isSet(variables, "APPTAINER_CONTAINER") || isSet(variables, "SINGULARITY_CONTAINER")) {
            return Optional.of(APPTAINER);
        }
        if (isSet(variables, "KUBERNETES_SERVICE_HOST")) {
            return Optional.of(KUBERNETES);
        }
        Path root = places.root();
        boolean other = isSet(variables, "container")
                || Stream.of(".dockerenv", "run/.containerenv")
                        .map(root::resolve)
                        .anyMatch(Files::exists);
        return other ? Optional.of(OTHER) : Optional.empty();
    }

    private static boolean isSet(Map<String, String> variables, String name) {
        return !variables.getOrDefault(name, "").isEmpty();
    }
}
