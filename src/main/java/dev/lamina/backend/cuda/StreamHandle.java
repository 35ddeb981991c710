package dev.lamina.backend.cuda;

import jcuda.driver.CUstream;

/** A stream in JCuda's form, with the number that calls outside of JCuda want. */
final class StreamHandle extends CUstream {
    long address() {
        return getNativePointer();
    }
}
