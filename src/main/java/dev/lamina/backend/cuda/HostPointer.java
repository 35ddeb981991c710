package dev.lamina.backend.cuda;

import jcuda.Pointer;

/** A host address in JCuda's form. */
final class HostPointer extends Pointer {
    /** To be filled in by a call that allocates. */
    HostPointer() {}

    HostPointer(long address) {
        super(address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
