package dev.lamina.backend.cuda;

import dev.lamina.graph.Plan.Location;
import dev.lamina.ops.OptimizerOp;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What {@code tiny_steps} does between two barriers of a step, by some of its warps. */
sealed interface TinyTask {
    int WARP = 32;

    /** What it reads. */
    List<Location> reads();

    /** What it writes; may lie over what it reads where an element depends on the same one alone. */
    List<Location> writes();

    /** About how many cycles a warp would need for it. */
    long cost();

    /** How many warps can take part. */
    long mostWarps();

    /**
     * {@code y = a b}, then what is there of: a bias added, relu, and 0 where {@code saved} is not more than 0.
     *
     * @param sides the product's sizes, and how its sides lie in memory
     */
    record Product(
            CudaGemm sides,
            Location a,
            Location b,
            Location y,
            Optional<Location> bias,
            Optional<Location> saved,
            boolean relu)
            implements TinyTask {
        private static final int TILE_ROWS = 2;
        private static final int TILE_COLUMNS = 4;
        /** Fewer terms for a thread are not worth the butterfly. */
        private static final int TERMS = 4;

        static Product of(CudaGemm sides, Location a, Location b, Location y) {
            return new Product(sides, a, b, y, Optional.empty(), Optional.empty(), false);
        }

        @Override
        public List<Location> reads() {
            return Stream.concat(Stream.of(a, b), Stream.concat(bias.stream(), saved.stream()))
                    .toList();
        }

        @Override
        public List<Location> writes() {
            return List.of(y);
        }

        private long tiles() {
            return (long) Math.ceilDiv(sides.m(), TILE_ROWS) * Math.ceilDiv(sides.n(), TILE_COLUMNS);
        }

        /** How many of so many threads share a tile: a power of two, the more the fewer tiles there are. */
        int strands(int threads) {
            int strands = 1;
            while (strands < WARP && 2L * strands * tiles() <= threads && 2 * strands * TERMS <= sides.k()) {
                strands *= 2;
            }
            return strands;
        }

        @Override
        public long cost() {
            return (Math.ceilDiv(tiles(), WARP) + 1) * sides.k() * TILE_ROWS * TILE_COLUMNS;
        }

        @Override
        public long mostWarps() {
            return Math.ceilDiv(tiles() * Math.clamp(sides.k() / TERMS, 1, WARP), WARP);
        }
    }

    /** The sums of the columns of a matrix. */
    record Sums(int rows, int columns, Location x, Location y) implements TinyTask {
        @Override
        public List<Location> reads() {
            return List.of(x);
        }

        @Override
        public List<Location> writes() {
            return List.of(y);
        }

        @Override
        public long cost() {
            return 4L * rows * Math.ceilDiv(columns, WARP);
        }

        @Override
        public long mostWarps() {
            return Math.ceilDiv(columns, WARP);
        }
    }

    /**
     * A program along the rows of a matrix.
     *
     * @param elementwise whether the matrix may have any number of columns
     */
    record Program(
            int rows, int columns, boolean elementwise, ChainStruct code, List<Location> reads, List<Location> writes)
            implements TinyTask {
        /** The most columns: elements that a thread holds, times the threads that may share a row. */
        static final int MOST_COLUMNS = 8 * WARP;

        private static final int WIDTH = MOST_COLUMNS / WARP;
        private static final int CYCLES = 80;
        private static final int EACH = 15;

        public Program {
            reads = List.copyOf(reads);
            writes = List.copyOf(writes);
        }

        /** The same over as few rows as that many threads can do at once, if it is elementwise. */
        Program over(int threads) {
            int each = Math.min(WIDTH, Math.ceilDiv(rows, threads));
            if (!elementwise || each == 1) {
                return this;
            }
            int wide = each * WARP;
            while (rows % wide != 0) {
                wide--;
            }
            return new Program(rows / wide, wide, true, code, reads, writes);
        }

        /** How many of so many threads share a row: a power of two. */
        int team(int threads) {
            int team = 1;
            while (team * WIDTH < columns || team < Math.min(columns, WARP) && 2L * team * rows <= threads) {
                team *= 2;
            }
            return team;
        }

        @Override
        public long cost() {
            // Of the elements that a thread has at once, all but the first are cheap.
            return code.code().length
                    * (CYCLES * Math.ceilDiv(mostWarps(), WIDTH) + EACH * Math.ceilDiv((long) rows * columns, WARP));
        }

        @Override
        public long mostWarps() {
            return Math.ceilDiv((long) rows * Math.min(Integer.highestOneBit(2 * columns - 1), WARP), WARP);
        }
    }

    /** Moves what is somewhere, a multiple of four bytes. */
    record Copy(Location from, Location to) implements TinyTask {
        @Override
        public List<Location> reads() {
            return List.of(from);
        }

        @Override
        public List<Location> writes() {
            return List.of(to);
        }

        int words() {
            return (int) (from.spec().bytes() / Integer.BYTES);
        }

        @Override
        public long cost() {
            return 2L * Math.ceilDiv(words(), WARP);
        }

        @Override
        public long mostWarps() {
            return Math.ceilDiv(words(), WARP);
        }
    }

    /** A step of an optimizer; reads and writes as the op has its inputs and outputs. */
    record Update(OptimizerOp.Rule rule, boolean guarded, List<Location> reads, List<Location> writes)
            implements TinyTask {
        private static final int CYCLES = 60;

        public Update {
            reads = List.copyOf(reads);
            writes = List.copyOf(writes);
        }

        /** Where the inputs of the rule begin: behind the answer whether the step is taken. */
        int first() {
            return guarded ? 1 : 0;
        }

        int weights() {
            return rule.decays().size();
        }

        /** The place of a weight's first input. */
        int input(int weight) {
            return first() + rule.shared() + weight * rule.inputsPerWeight();
        }

        long elements() {
            long elements = 0;
            for (int i = 0; i < weights(); i++) {
                elements += reads.get(input(i)).spec().shape().elements();
            }
            return elements;
        }

        @Override
        public long cost() {
            return CYCLES * Math.ceilDiv(elements(), WARP);
        }

        @Override
        public long mostWarps() {
            return Math.ceilDiv(elements(), WARP);
        }
    }
}
