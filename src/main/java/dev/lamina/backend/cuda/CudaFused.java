package dev.lamina.backend.cuda;

import dev.lamina.backend.Composite;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Ops that stand for several: chains of elementwise ops, sequences along rows and casts of several tensors as one
 * launch each, what the kernels can't by their definitions.
 */
final class CudaFused {
    private final CudaLauncher launcher;
    private final CudaLinear linear;
    private final CudaCasts casts;
    private final CudaLayerNorm layerNorm;
    private final Composite composite;

    CudaFused(CudaLauncher launcher, CudaLinear linear, Composite composite) {
        this.launcher = launcher;
        this.linear = linear;
        this.casts = new CudaCasts(launcher);
        this.layerNorm = new CudaLayerNorm(launcher);
        this.composite = composite;
    }

    /** Whether the op is worth making. */
    boolean fuses(FusedOp op, List<TensorSpec> inputs) {
        return switch (op) {
            case FusedOp.Elementwise chain -> CudaChain.fits(chain);
            case FusedOp.Sequence sequence -> CudaRows.of(sequence).isPresent();
            case FusedOp.Casts casts -> CudaCasts.serves(casts, inputs);
            case FusedOp.Linear of -> linear.fuses(of, inputs);
            case FusedOp.LinearBackward of -> linear.fuses(of, inputs);
            case FusedOp.GatedProduct of -> linear.fuses(of, inputs);
            case ResidualNorm _, ResidualNorm.Backward _ -> true;
            // The products are cuBLAS's; the bias is a chain of its own.
            case FusedOp.Convolution _, PooledConvolution _, PooledConvolutionBackward _ -> false;
        };
    }

    /** Whether any output may lie over any input. */
    static boolean overwrites(FusedOp op) {
        return switch (op) {
            case FusedOp.Elementwise _ -> true;
            // One team of threads does everything; a definition works on copies.
            case FusedOp.Sequence sequence ->
                RowFrame.of(sequence).filter(frame -> frame.rows() == 1).isPresent();
            case FusedOp.Linear _,
                    FusedOp.LinearBackward _,
                    FusedOp.GatedProduct _,
                    FusedOp.Convolution _,
                    PooledConvolution _,
                    PooledConvolutionBackward _,
                    ResidualNorm _,
                    ResidualNorm.Backward _,
                    FusedOp.Casts _ -> false;
        };
    }

    long workspaceBytes(FusedOp op, List<TensorSpec> inputs) {
        return switch (op) {
            case FusedOp.Linear of -> linear.workspaceBytes(of, inputs);
            case FusedOp.LinearBackward of -> linear.workspaceBytes(of, inputs);
            case FusedOp.GatedProduct _, ResidualNorm _ -> 0;
            case ResidualNorm.Backward _ -> layerNorm.workspaceBytes(inputs.getFirst());
            case FusedOp.Elementwise chain when CudaChain.of(chain, inputs).isPresent() -> 0;
            case FusedOp.Sequence sequence when CudaRows.of(sequence).isPresent() -> 0;
            case FusedOp.Casts casts when CudaCasts.serves(casts, inputs) -> 0;
            case FusedOp.Elementwise _,
                    FusedOp.Sequence _,
                    FusedOp.Convolution _,
                    PooledConvolution _,
                    PooledConvolutionBackward _,
                    FusedOp.Casts _ -> composite.workspaceBytes(op, inputs).orElseThrow();
        };
    }

    void run(FusedOp op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        boolean launched = switch (op) {
            case FusedOp.Linear of -> {
                linear.run(of, inputs, outputs, workspace);
                yield true;
            }
            case FusedOp.LinearBackward of -> {
                linear.run(of, inputs, outputs, workspace);
                yield true;
            }
            case FusedOp.GatedProduct of -> {
                linear.run(of, inputs, outputs);
                yield true;
            }
            case ResidualNorm of -> {
                layerNorm.residualForward(of.norm(), inputs, outputs);
                yield true;
            }
            case ResidualNorm.Backward of -> {
                layerNorm.backward(of, inputs, outputs, workspace);
                yield true;
            }
            case FusedOp.Elementwise chain -> {
                Optional<CudaChain> found = CudaChain.of(chain, specs(inputs));
                found.ifPresent(fitting -> launcher.chain(fitting, inputs, outputs));
                yield found.isPresent();
            }
            case FusedOp.Sequence sequence -> {
                Optional<CudaRows> found = CudaRows.of(sequence);
                found.ifPresent(fitting -> launcher.rows(fitting, inputs, outputs));
                yield found.isPresent();
            }
            case FusedOp.Casts of -> {
                boolean served = CudaCasts.serves(of, specs(inputs));
                if (served) {
                    casts.run(inputs, outputs);
                }
                yield served;
            }
            case FusedOp.Convolution _, PooledConvolution _, PooledConvolutionBackward _ -> false;
        };
        if (!launched) {
            composite.run(op, inputs, outputs, workspace);
        }
    }

    private static List<TensorSpec> specs(Operand[] operands) {
        return Arrays.stream(operands).map(Operand::spec).toList();
    }
}
