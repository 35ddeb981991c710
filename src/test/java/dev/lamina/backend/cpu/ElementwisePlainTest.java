package dev.lamina.backend.cpu;

/** The same by the plain loops. */
class ElementwisePlainTest extends ElementwiseKernelsTest {
    @Override
    boolean fast() {
        return false;
    }
}
