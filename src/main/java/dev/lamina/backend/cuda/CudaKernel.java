package dev.lamina.backend.cuda;

import java.util.List;
import jcuda.driver.CUfunction;

/** A GPU function: its name, its handle and the sizes of its parameters in bytes. */
final class CudaKernel {
    private final String name;
    private final CUfunction function;
    private final int[] parameterBytes;
    private long launches;

    CudaKernel(String name, CUfunction function, List<Integer> parameterBytes) {
        this.name = name;
        this.function = function;
        this.parameterBytes =
                parameterBytes.stream().mapToInt(Integer::intValue).toArray();
    }

    String name() {
        return name;
    }

    CUfunction function() {
        return function;
    }

    int parameters() {
        return parameterBytes.length;
    }

    int parameterBytes(int index) {
        return parameterBytes[index];
    }

    /** How often it was launched. */
    long launches() {
        return launches;
    }

    void countLaunch() {
        launches++;
    }
}
