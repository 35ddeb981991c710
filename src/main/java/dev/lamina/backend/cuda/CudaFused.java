package dev.lamina.backend.cuda;

import dev.lamina.backend.Composite;
import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Ops that stand for several: chains of elementwise ops as one launch, what the kernel can't by their definitions. */
final class CudaFused {
    private static final String CHAIN = "elementwise_chain";

    private final CudaLauncher launcher;
    private final Composite composite;

    CudaFused(CudaLauncher launcher, Composite composite) {
        this.launcher = launcher;
        this.composite = composite;
    }

    /** Whether the op is worth making. */
    boolean fuses(FusedOp op) {
        return switch (op) {
            case FusedOp.Elementwise chain -> CudaChain.fits(chain);
            // The products are cuBLAS's; bias and activation are a chain of their own.
            case FusedOp.Linear _, FusedOp.Convolution _ -> false;
        };
    }

    long workspaceBytes(FusedOp op, List<TensorSpec> inputs) {
        return chain(op, inputs).isPresent()
                ? 0
                : composite.workspaceBytes(op, inputs).orElseThrow();
    }

    void run(FusedOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Optional<CudaChain> found =
                chain(op, Arrays.stream(inputs).map(Operand::spec).toList());
        if (found.isPresent()) {
            CudaChain chain = found.get();
            launcher.start(launcher.library().kernel(CHAIN))
                    .chain(chain, inputs, outputs)
                    .i64(chain.elements())
                    .overElements(chain.elements());
        } else {
            composite.run(op, inputs, outputs, workspace);
        }
    }

    private static Optional<CudaChain> chain(FusedOp op, List<TensorSpec> inputs) {
        return op instanceof FusedOp.Elementwise chain ? CudaChain.of(chain, inputs) : Optional.empty();
    }
}
