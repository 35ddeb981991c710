package dev.lamina.backend;

import dev.lamina.tensor.Operand;
import java.util.List;

/**
 * A step of a plan, bound to its memory.
 *
 * @param reads what it reads
 * @param writes what it writes, its scratch memory included
 */
public record BoundStep(PreparedOp action, List<Operand> reads, List<Operand> writes) {
    public BoundStep {
        reads = List.copyOf(reads);
        writes = List.copyOf(writes);
    }
}
