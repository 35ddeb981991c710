package dev.lamina.backend.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUmodule;

/**
 * The kernels, by name. The index is made of what the PTX files declare; a kernel is cut out of its file and compiled
 * for the device when it is first asked for, alone: a process needs a few of hundreds, and a driver that has not seen
 * them takes seconds for whole files. Used under the device's lock.
 */
final class KernelLibrary {
    private record Indexed(String family, PtxModule module, PtxEntry entry) {}

    private final CudaDriver driver;
    private final Map<String, Indexed> index = new HashMap<>();
    private final Map<String, CudaKernel> kernels = new HashMap<>();
    private final List<CUmodule> modules = new ArrayList<>();

    KernelLibrary(CudaDriver driver) {
        this.driver = driver;
        for (String family : PtxFiles.families()) {
            PtxModule module = PtxModule.ofFamily(family);
            for (PtxEntry entry : module.kernels()) {
                index.put(entry.name(), new Indexed(family, module, entry));
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
        CUmodule module =
                driver.loadModule(found.module.only(name), "the kernel " + name + " of " + found.family + ".ptx");
        modules.add(module);
        return new CudaKernel(name, driver.function(module, name), found.entry.parameterBytes());
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
        modules.forEach(driver::unload);
    }
}
