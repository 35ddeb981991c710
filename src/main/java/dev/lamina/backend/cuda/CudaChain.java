package dev.lamina.backend.cuda;

import dev.lamina.ops.FusedOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A chain of elementwise ops as the program that the kernel {@code elementwise_chain} runs: one launch, which reads
 * every input and writes every output once.
 */
final class CudaChain {
    private static final int SLOTS = 16;

    private static final Set<DType> READ =
            EnumSet.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT32, DType.UINT8, DType.BOOL);
    private static final Set<DType> COMPUTED = EnumSet.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.BOOL);

    private final FusedOp.Elementwise chain;
    private final ChainStruct program;

    private CudaChain(FusedOp.Elementwise chain, ChainStruct program) {
        this.chain = chain;
        this.program = program;
    }

    /** Whether the kernel can run a chain whose inputs need no intricate repetition. */
    static boolean fits(FusedOp.Elementwise chain) {
        int inputs = chain.inputTypes().size();
        int first = inputs + chain.constants().size();
        List<DType> types = chain.valueTypes();
        return IntStream.range(0, first).allMatch(i -> i < inputs && chain.isState(i) || READ.contains(types.get(i)))
                && chain.inputTypes().size() <= ChainStruct.MOST_OPERANDS
                && chain.constants().size() <= ChainStruct.MOST_OPERANDS
                && chain.outputs().size() <= ChainStruct.MOST_OPERANDS
                && COMPUTED.containsAll(types.subList(first, types.size()))
                && ChainProgram.of(chain, new boolean[inputs]).fits(SLOTS, ChainStruct.MOST_INSTRUCTIONS);
    }

    /** The chain for inputs of these shapes, if the kernel can run it. */
    static Optional<CudaChain> of(FusedOp.Elementwise chain, List<TensorSpec> inputs) {
        if (!fits(chain)) {
            return Optional.empty();
        }
        boolean[] repeated = new boolean[inputs.size()];
        List<ChainStruct.Source> sources = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (chain.isState(i)) {
                sources.add(ChainStruct.Source.state(i));
                continue;
            }
            Shape shape = inputs.get(i).shape();
            repeated[i] = shape.elements() != chain.shape().elements();
            Optional<Spread> spread = repeated[i] ? Spread.of(shape, chain.shape()) : Optional.empty();
            if (repeated[i] && spread.isEmpty()) {
                return Optional.empty();
            }
            sources.add(new ChainStruct.Source(i, spread));
        }
        List<Integer> constants = chain.constants().stream()
                .map(constant -> ChainStruct.bits(constant.dtype(), constant.value()))
                .toList();
        long[] code = ChainProgram.of(chain, repeated).code();
        return Optional.of(new CudaChain(chain, new ChainStruct(sources, constants, code)));
    }

    /** The number of elements of each output. */
    long elements() {
        return chain.shape().elements();
    }

    ChainStruct program() {
        return program;
    }
}
