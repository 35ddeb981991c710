package dev.lamina.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUmodule;

/**
 * The kernels, by name. The index is made of what the PTX files declare; a file is compiled for the device when the
 * first of its kernels is asked for. Used under the device's lock.
 */
final class KernelLibrary {
    /** A PTX file that may have been loaded. */
    private static final class Family {
        final String name;
        final List<CUmodule> module = new ArrayList<>(1);

        Family(String name) {
            this.name = name;
        }
    }

    private record Indexed(Family family, PtxEntry entry) {}

    private final CudaDriver driver;
    private final Map<String, Indexed> index = new HashMap<>();
    private final Map<String, CudaKernel> kernels = new HashMap<>();

    KernelLibrary(CudaDriver driver) {
        this.driver = driver;
        for (String name : PtxFiles.families()) {
            Family family = new Family(name);
            for (PtxEntry entry : PtxEntry.scan(new String(PtxFiles.text(name), StandardCharsets.ISO_8859_1))) {
                index.put(entry.name(), new Indexed(family, entry));
            }
        }
    }

    /** Whether there is such a kernel. */
    boolean has(String name) {
        return index.containsKey(name);
    }

    /** The names of all kernels. */
    List<String> names() {
        return index.keySet().stream().sorted().toList();
    }

    /** The kernel of that name, ready to be launched. */
    CudaKernel kernel(String name) {
        CudaKernel known = kernels.get(name);
        if (known == null) {
            known = load(name);
            kernels.put(name, known);
        }
        return known;
    }

    private CudaKernel load(String name) {
        Indexed found = index.get(name);
        if (found == null) {
            throw new IllegalStateException(
                    "[cuda] expected a kernel named " + name + "; found none among the " + index.size()
                            + " on the class path. This is a bug in Lamina, or its jar was built without cuda-kernels/ptx.");
        }
        Family family = found.family;
        if (family.module.isEmpty()) {
            family.module.add(driver.loadModule(PtxFiles.text(family.name), family.name));
        }
        return new CudaKernel(name, driver.function(family.module.getFirst(), name), found.entry.parameterBytes());
    }

    /** How often the kernel of that name was launched. */
    long launches(String name) {
        CudaKernel kernel = kernels.get(name);
        return kernel == null ? 0 : kernel.launches();
    }

    /** How often kernels were launched. */
    long launches() {
        return kernels.values().stream().mapToLong(CudaKernel::launches).sum();
    }

    void close() {
        index.values().stream()
                .map(Indexed::family)
                .distinct()
                .flatMap(family -> family.module.stream())
                .forEach(driver::unload);
    }
}
