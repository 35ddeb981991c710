package dev.lamina.backend.cpu;

/** The same by the plain loops. */
class PoolingPlainTest extends PoolingKernelsTest {
    @Override
    boolean fast() {
        return false;
    }
}
