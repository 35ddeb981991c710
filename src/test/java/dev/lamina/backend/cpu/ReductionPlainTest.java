package dev.lamina.backend.cpu;

/** The same by the plain loops. */
class ReductionPlainTest extends ReductionKernelsTest {
    @Override
    boolean fast() {
        return false;
    }
}
