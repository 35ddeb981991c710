package dev.lamina.backend.cuda;

import dev.lamina.errors.LaminaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@code lamina doctor} says about CUDA: what was found where, why the rest was not, what may help, and how long
 * the driver takes to compile the kernels.
 */
final class CudaDiagnosis {
    private static final String ON_HOST =
            "none of Lamina's; a user's own op that has no definition and allows it" + " (CustomOp.mayWaitForHost)";

    private final LibraryPlaces places;
    private final CudaProbe probe = CudaProbe.result();
    private final Optional<Container> container;
    private final Map<String, Object> facts = new LinkedHashMap<>();

    private CudaDiagnosis(LibraryPlaces places) {
        this.places = places;
        container = Container.of(places);
    }

    /** Strings, numbers, booleans, lists and maps, by name. */
    static Map<String, Object> of(CudaBackendProvider provider) {
        CudaDiagnosis diagnosis = new CudaDiagnosis(LibraryPlaces.ofThisMachine());
        diagnosis.machine();
        diagnosis.libraries();
        if (diagnosis.probe.reason().isEmpty()) {
            diagnosis.device(provider);
        }
        diagnosis.cache();
        diagnosis.advice().ifPresent(advice -> diagnosis.facts.put("advice", advice));
        return diagnosis.facts;
    }

    private void machine() {
        facts.put("kernel module", kernelModule().orElse("not loaded"));
        facts.put("device files", deviceFiles());
        facts.put("container", container.isPresent());
    }

    private Optional<String> kernelModule() {
        try (Stream<String> lines = Files.lines(places.root().resolve("proc/driver/nvidia/version"))) {
            return lines.findFirst();
        } catch (IOException e) {
            // Without NVIDIA's kernel module there is no such file.
            return Optional.empty();
        }
    }

    private List<String> deviceFiles() {
        try (Stream<Path> files = Files.list(places.root().resolve("dev"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("nvidia"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private void libraries() {
        facts.put("driver", probe.driver());
        facts.put("cublas", probe.cublas());
        facts.put("cublaslt", CudaLt.isSwitchedOff() ? "switched off by " + CudaLt.PROPERTY : probe.cublasLt());
        List<String> rejected = new ArrayList<>();
        List<String> tried = new ArrayList<>();
        for (Optional<LibrarySearch> search :
                List.of(probe.driverSearch(), probe.cublasSearch(), probe.cublasLtSearch())) {
            search.ifPresent(known -> {
                rejected.addAll(known.rejected());
                tried.addAll(known.tried());
            });
        }
        facts.put("looked at", tried.stream().distinct().toList());
        facts.put("passed over", rejected);
        probe.reason().ifPresent(reason -> facts.put("problem", reason));
    }

    private void device(CudaBackendProvider provider) {
        try {
            CudaBackend backend = (CudaBackend) provider.backend();
            CudaDevice device = backend.device();
            try (CudaDevice.Hold _ = device.hold()) {
                facts.put("device", device.model());
                facts.put(
                        "compute capability",
                        String.format(Locale.ROOT, "%d.%d", device.capability() / 10, device.capability() % 10));
                facts.put("multiprocessors", device.multiprocessors());
                facts.put("memory MiB", device.totalMemory() >> 20);
                facts.put("free memory MiB", device.driver().freeMemory() >> 20);
                facts.put("cublas version", backend.cublasVersion());
                facts.put(
                        "products of float32",
                        Boolean.getBoolean(CudaBlas.TF32) ? "TF32, as " + CudaBlas.TF32 + " says" : "float32");
                backend.lt().version().ifPresent(version -> {
                    facts.put("cublaslt version", version);
                    facts.put("epilogues of cublaslt", LtCheck.run(backend));
                });
                facts.put("kernels", CompileTimes.measure(device.driver()));
                facts.put("ops that run by their definition where no kernel fits", CudaBackend.OPS_BY_DEFINITION);
                facts.put("ops on the host", ON_HOST);
            }
        } catch (LaminaException e) {
            facts.put("problem", e.getMessage());
        }
    }

    /** Where the driver keeps compiled kernels between processes. */
    private void cache() {
        Map<String, Object> cache = new LinkedHashMap<>();
        Path folder = places.path("CUDA_CACHE_PATH")
                .orElseGet(() -> places.path("HOME").orElse(Path.of("/")).resolve(".nv/ComputeCache"));
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        cache.put("path", folder.toString());
        cache.put("writable", Files.isDirectory(existing) && Files.isWritable(existing));
        cache.put(
                "disabled",
                places.variables().getOrDefault("CUDA_CACHE_DISABLE", "0").equals("1"));
        facts.put("compiled kernels", cache);
    }

    private Optional<String> advice() {
        boolean module = kernelModule().isPresent() || !deviceFiles().isEmpty();
        boolean driver = probe.driverSearch().flatMap(LibrarySearch::found).isPresent();
        boolean given = deviceFiles().stream().anyMatch(name -> name.matches("nvidia\\d+"));
        if (container.isPresent() && (!driver || probe.lacksDevice() && !given)) {
            return container.map(Container::advice);
        }
        if (!driver && module) {
            return Optional.of(
                    "NVIDIA's kernel module is loaded, so the machine has a GPU; its library libcuda.so.1 is "
                            + "missing. Add its folder to LD_LIBRARY_PATH.");
        }
        Object cache = facts.get("compiled kernels");
        if (driver && cache instanceof Map<?, ?> map && Boolean.FALSE.equals(map.get("writable"))) {
            return Optional.of("The driver can't keep compiled kernels, so that each start compiles them anew. Set "
                    + "CUDA_CACHE_PATH to a folder that can be written.");
        }
        return Optional.empty();
    }
}
