package dev.lamina.backend.cuda;

import dev.lamina.graph.Plan.Location;
import dev.lamina.ops.OptimizerOp;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Writes the table that {@code tiny_steps} reads: its structs, and what they name by places, numbers of bytes from the
 * beginning of the table. What the tasks work on lies behind the table.
 */
final class TinyTable {
    private static final int HEADER_INTS = 12;
    private static final int NONE = -1;
    private static final int WARPS = LaunchPacker.BLOCK / TinyTask.WARP;
    private static final int SLOTS = 3;
    private static final int SETTINGS = 5;
    private static final int ALIGNMENT = 16;

    /** The kernel's {@code Kind}. */
    private enum Kind {
        PRODUCT,
        SUMS,
        PROGRAM,
        COPY,
        UPDATE;

        @SuppressWarnings("EnumOrdinal") // A test compares the order with the kernel's.
        int number() {
            return ordinal();
        }
    }

    /** The kernel's {@code Rule}. */
    private enum Rule {
        SGD,
        ADAM,
        RMS_PROP;

        @SuppressWarnings("EnumOrdinal") // As above.
        int number() {
            return ordinal();
        }
    }

    private final TinyPlan plan;
    private final ToLongFunction<Location> addresses;
    private final int cells;
    private int[] words = new int[256];
    private int size;

    private TinyTable(TinyPlan plan, ToLongFunction<Location> addresses, int cells) {
        this.plan = plan;
        this.addresses = addresses;
        this.cells = cells;
    }

    /** The size of a plan's table, which is where its cells begin. */
    static int bytes(TinyPlan plan) {
        return new TinyTable(plan, _ -> 0, 0).write().length * Integer.BYTES;
    }

    /** @param addresses where values lie in device memory */
    static MemorySegment of(TinyPlan plan, ToLongFunction<Location> addresses) {
        return MemorySegment.ofArray(new TinyTable(plan, addresses, bytes(plan)).write());
    }

    /** The kinds of tasks in the order of their numbers, for a test that compares it with the kernel's. */
    static String kinds() {
        return names(Kind.values());
    }

    /** As {@link #kinds}, the rules of optimizers. */
    static String rules() {
        return names(Rule.values());
    }

    private static String names(Enum<?>... constants) {
        return Arrays.stream(constants).map(Enum::name).collect(Collectors.joining(", "));
    }

    // ---- Words ----

    private int add(int... values) {
        int place = size * Integer.BYTES;
        while (words.length < size + values.length) {
            words = Arrays.copyOf(words, 2 * words.length);
        }
        System.arraycopy(values, 0, words, size, values.length);
        size += values.length;
        return place;
    }

    /** Goes on at a multiple of 16 bytes, and says where that is. */
    private int align() {
        while (size * Integer.BYTES % ALIGNMENT != 0) {
            add(0);
        }
        return size * Integer.BYTES;
    }

    private int place(Location location) {
        return cells + Math.toIntExact(plan.cells().place(location));
    }

    private int place(Optional<Location> location) {
        return location.map(this::place).orElse(NONE);
    }

    // ---- The table ----

    private int[] write() {
        add(new int[HEADER_INTS]);
        int inputAt = align();
        int end = 0;
        for (Location input : plan.plan().inputs()) {
            int rowWords = (int) (input.spec().bytes() / plan.samples() / Integer.BYTES);
            end += rowWords * plan.samples();
            add(place(input), rowWords, end, 0);
        }
        int loadAt = moves(plan.cells().loads());
        int storeAt = moves(plan.cells().stores());
        List<int[]> levels = new ArrayList<>();
        for (List<TinyTask> level : plan.levels()) {
            levels.add(level(level));
        }
        int levelAt = align();
        levels.forEach(this::add);
        int nextAt = align();
        add(new int[2 * plan.samples()]);
        align();
        int[] header = {
            size * Integer.BYTES,
            levels.size(),
            levelAt,
            plan.plan().inputs().size(),
            inputAt,
            plan.cells().loads().size(),
            loadAt,
            plan.cells().stores().size(),
            storeAt,
            plan.samples(),
            end,
            nextAt
        };
        System.arraycopy(header, 0, words, 0, header.length);
        return Arrays.copyOf(words, size);
    }

    private int moves(Collection<Location> moved) {
        int place = align();
        for (Location location : moved) {
            long address = addresses.applyAsLong(location);
            add((int) address, (int) (address >>> Integer.SIZE), place(location), (int)
                    (location.spec().bytes() / Integer.BYTES));
        }
        return place;
    }

    /** Shares the warps out among the tasks of a level; with more tasks than warps, some have to do several. */
    private int[] level(List<TinyTask> tasks) {
        List<int[]> written = new ArrayList<>();
        for (int from = 0; from < tasks.size(); from += WARPS) {
            List<TinyTask> beside = tasks.subList(from, Math.min(tasks.size(), from + WARPS));
            int[] warps = shares(beside);
            int first = 0;
            for (int i = 0; i < warps.length; i++) {
                TinyTask task = beside.get(i);
                written.add(new int[] {kind(task).number(), first, warps[i], task(task, warps[i] * TinyTask.WARP)});
                first += warps[i];
            }
        }
        int place = align();
        written.forEach(this::add);
        return new int[] {place, written.size()};
    }

    /** How many warps each task gets: the next goes where the others have the most to do. */
    private static int[] shares(List<TinyTask> tasks) {
        int[] warps = new int[tasks.size()];
        Arrays.fill(warps, 1);
        for (int left = WARPS - warps.length; left > 0; left--) {
            int most = NONE;
            for (int i = 0; i < warps.length; i++) {
                boolean more = warps[i] < tasks.get(i).mostWarps();
                if (more && (most == NONE || each(tasks, warps, i) > each(tasks, warps, most))) {
                    most = i;
                }
            }
            if (most != NONE) {
                warps[most]++;
            }
        }
        return warps;
    }

    private static double each(List<TinyTask> tasks, int[] warps, int task) {
        return (double) tasks.get(task).cost() / warps[task];
    }

    private static Kind kind(TinyTask task) {
        return switch (task) {
            case TinyTask.Product _ -> Kind.PRODUCT;
            case TinyTask.Sums _ -> Kind.SUMS;
            case TinyTask.Program _ -> Kind.PROGRAM;
            case TinyTask.Copy _ -> Kind.COPY;
            case TinyTask.Update _ -> Kind.UPDATE;
        };
    }

    private int task(TinyTask task, int threads) {
        return switch (task) {
            case TinyTask.Product product -> product(product, threads);
            case TinyTask.Sums sums -> {
                align();
                yield add(place(sums.x()), place(sums.y()), sums.rows(), sums.columns());
            }
            case TinyTask.Program program -> program(program.over(threads), threads);
            case TinyTask.Copy copy -> {
                align();
                yield add(place(copy.from()), place(copy.to()), copy.words());
            }
            case TinyTask.Update update -> update(update);
        };
    }

    private int product(TinyTask.Product product, int threads) {
        CudaGemm sides = product.sides();
        align();
        return add(
                place(product.a()),
                place(product.b()),
                place(product.y()),
                place(product.bias()),
                place(product.saved()),
                product.relu() ? 1 : 0,
                sides.m(),
                sides.n(),
                sides.k(),
                sides.transposeA() ? 1 : sides.lda(),
                sides.transposeA() ? sides.lda() : 1,
                sides.transposeB() ? 1 : sides.ldb(),
                sides.transposeB() ? sides.ldb() : 1,
                product.strands(threads));
    }

    private int program(TinyTask.Program program, int threads) {
        ChainStruct code = program.code();
        int inputAt = align();
        code.operands().forEach(source -> add(place(program.reads().get(source.input()))));
        int outputAt = align();
        program.writes().forEach(output -> add(place(output)));
        int spreadAt = align();
        for (ChainStruct.Source source : code.operands()) {
            int[] terms = new int[Spread.BYTES / Integer.BYTES];
            source.spread().ifPresent(spread -> spread.write(MemorySegment.ofArray(terms), 0));
            add(terms);
        }
        int constantAt = align();
        code.constants().forEach(this::add);
        int codeAt = align();
        for (long word : code.code()) {
            add((int) word, (int) (word >>> Integer.SIZE));
        }
        add(0, 0); // is read, too
        int team = program.team(threads);
        align();
        return add(
                program.rows(),
                program.columns(),
                team,
                Math.ceilDiv(program.columns(), team),
                code.code().length,
                inputAt,
                outputAt,
                spreadAt,
                constantAt,
                codeAt);
    }

    private int update(TinyTask.Update update) {
        OptimizerOp.Rule rule = update.rule();
        int weightAt = align();
        int end = 0;
        for (int i = 0; i < update.weights(); i++) {
            int in = update.input(i);
            int out = i * rule.outputsPerWeight();
            end += Math.toIntExact(update.reads().get(in).spec().shape().elements());
            int[] slots = new int[SLOTS];
            int[] nextSlots = new int[SLOTS];
            for (int slot = 0; slot < rule.slots(); slot++) {
                int place = CudaOptimizer.place(rule, slot);
                slots[place] = place(update.reads().get(in + 2 + slot));
                nextSlots[place] = place(update.writes().get(out + 1 + slot));
            }
            add(place(update.reads().get(in)), place(update.reads().get(in + 1)));
            add(slots);
            add(place(update.writes().get(out)));
            add(nextSlots);
            add(end, bits(rule.decays().get(i)));
        }
        int first = update.first();
        align();
        int place = add(
                rule(rule).number(),
                update.weights(),
                weightAt,
                end,
                first == 0 ? NONE : place(update.reads().get(0)),
                place(update.reads().get(first)),
                rule instanceof OptimizerOp.Adam ? place(update.reads().get(first + 1)) : NONE,
                flag(rule) ? 1 : 0);
        add(settings(rule));
        return place;
    }

    private static Rule rule(OptimizerOp.Rule rule) {
        return switch (rule) {
            case OptimizerOp.Sgd _ -> Rule.SGD;
            case OptimizerOp.Adam _ -> Rule.ADAM;
            case OptimizerOp.RmsProp _ -> Rule.RMS_PROP;
        };
    }

    private static boolean flag(OptimizerOp.Rule rule) {
        return switch (rule) {
            case OptimizerOp.Sgd sgd -> sgd.nesterov();
            case OptimizerOp.Adam adam -> adam.amsgrad();
            case OptimizerOp.RmsProp prop -> prop.centered();
        };
    }

    private static int[] settings(OptimizerOp.Rule rule) {
        int[] settings = switch (rule) {
            case OptimizerOp.Sgd sgd -> new int[] {bits(sgd.momentum())};
            case OptimizerOp.Adam adam ->
                new int[] {
                    bits(1 - adam.beta1()),
                    bits(1 - adam.beta2()),
                    bits(adam.epsilon()),
                    bits(adam.beta1()),
                    bits(adam.beta2())
                };
            case OptimizerOp.RmsProp prop ->
                new int[] {bits(prop.rho()), bits(1 - prop.rho()), bits(prop.momentum()), bits(prop.epsilon())};
        };
        return Arrays.copyOf(settings, SETTINGS);
    }

    private static int bits(double value) {
        return Float.floatToRawIntBits((float) value);
    }
}
