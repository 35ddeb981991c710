package dev.lamina.backend.cuda;

import dev.lamina.errors.BackendUnavailableException;
import dev.lamina.ops.MatrixOp;
import dev.lamina.tensor.HostArray;

/** A process of its own that multiplies two matrices and prints which cuBLAS did it, or why none could. */
final class CublasMain {
    private CublasMain() {}

    public static void main(String[] arguments) {
        try {
            HostArray a = HostArray.of(new float[][] {{1, 2}, {3, 4}});
            HostArray product = CudaTests.run(new MatrixOp.Matmul(false, false), a, a);
            LibrarySearch search = CudaProbe.result().cublasSearch().orElseThrow();
            boolean right = product.getDouble(0) == 7 && product.getDouble(3) == 22;
            System.out.println("product " + (right ? "right" : "wrong") + " with "
                    + search.found().orElseThrow());
            search.rejected().forEach(System.out::println);
        } catch (BackendUnavailableException e) {
            System.out.println(e.getMessage());
        }
    }
}
