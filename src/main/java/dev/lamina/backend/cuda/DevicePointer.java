package dev.lamina.backend.cuda;

import jcuda.driver.CUdeviceptr;

/** A device address in JCuda's form. */
final class DevicePointer extends CUdeviceptr {
    private static final CUdeviceptr NULL = new CUdeviceptr();

    /** To be filled in by a call that allocates. */
    DevicePointer() {}

    DevicePointer(long address) {
        super(NULL, address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
