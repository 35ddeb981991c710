package dev.lamina.backend.cuda;

import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A sequence of ops as a program of the kernel {@code row_program}. Inputs are loaded before their first use, results
 * stored at the end, behind a barrier.
 */
final class RowProgram {
    private static final Set<DType> READ =
            EnumSet.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT32, DType.UINT8, DType.BOOL);
    private static final Set<DType> COMPUTED =
            EnumSet.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT32, DType.BOOL);

    /** What the kernel leaves out: long code for few programs. */
    private static final Set<ChainCode> LEFT_OUT = EnumSet.of(
            ChainCode.EXPM1,
            ChainCode.SIN,
            ChainCode.COS,
            ChainCode.ERF,
            ChainCode.GELU,
            ChainCode.GELU_TANH,
            ChainCode.FLOOR_DIVIDE,
            ChainCode.MOD,
            ChainCode.POWER,
            ChainCode.GELU_BACKWARD,
            ChainCode.GELU_TANH_BACKWARD,
            ChainCode.SILU_BACKWARD);

    /** Whether the kernel runs an instruction that {@code elementwise_chain} runs. */
    static boolean runs(long word) {
        return LEFT_OUT.stream().noneMatch(code -> code.number() == (word & 0xff));
    }

    private sealed interface Value {
        TensorSpec spec();
    }

    /** An input as it lies in memory. */
    private record Outside(int input, TensorSpec spec) implements Value {}

    /** One number everywhere. */
    private record Constant(int bits, TensorSpec spec) implements Value {}

    /** What an instruction gives, by its number. */
    private record Computed(int number, TensorSpec spec) implements Value {}

    private record Load(int code, int input, Optional<Shape> repeated) {}

    private final RowFrame frame;
    private final RowSlots slots = new RowSlots();
    private final List<ChainStruct.Source> operands = new ArrayList<>();
    private final List<Integer> constants = new ArrayList<>();
    private final Map<Load, Integer> loaded = new HashMap<>();
    private final Map<Integer, Integer> filled = new HashMap<>();
    private final List<Value> values = new ArrayList<>();
    private boolean fits = true;

    private RowProgram(RowFrame frame) {
        this.frame = frame;
    }

    /** The program, if the kernel can run the sequence. */
    static Optional<ChainStruct> of(FusedOp.Sequence op, RowFrame frame) {
        RowProgram program = new RowProgram(frame);
        for (int i = 0; i < op.inputs().size(); i++) {
            program.values.add(new Outside(i, op.inputs().get(i)));
        }
        for (FusedOp.Sequence.Step one : op.steps()) {
            List<Value> arguments =
                    one.arguments().stream().map(program.values::get).toList();
            List<TensorSpec> results =
                    one.op().infer(arguments.stream().map(Value::spec).toList());
            program.add(one.op(), arguments, results);
            if (!program.fits) {
                return Optional.empty();
            }
        }
        program.slots.addBare(RowCode.BARRIER.number());
        for (int i = 0; i < op.outputs().size(); i++) {
            program.store(i, program.values.get(op.outputs().get(i)));
        }
        boolean few = program.operands.size() <= ChainStruct.MOST_OPERANDS
                && program.constants.size() <= ChainStruct.MOST_OPERANDS
                && op.outputs().size() <= ChainStruct.MOST_OPERANDS;
        return program.fits && few
                ? program.slots
                        .code(ChainStruct.MOST_INSTRUCTIONS)
                        .map(code -> new ChainStruct(program.operands, program.constants, code))
                : Optional.empty();
    }

    private void store(int output, Value value) {
        if (!(value instanceof Computed computed)) {
            fits = false;
            return;
        }
        DType dtype = value.spec().dtype();
        int full = dtype == DType.INT32
                ? RowCode.STORE_I32.number()
                : ChainCode.store(dtype).number();
        int code =
                frame.isFull(value.spec().shape()) ? full : RowCode.store(dtype).number();
        slots.store(code, output, computed.number);
    }

    private void add(Op op, List<Value> arguments, List<TensorSpec> results) {
        TensorSpec y = results.get(0);
        switch (op) {
            case SourceOp.Fill fill -> values.add(new Constant(ChainStruct.bits(fill.dtype(), fill.value()), y));
            case ShapeOp.Reshape _ -> values.add(reshaped(arguments.get(0), y));
            case ShapeOp.BroadcastTo _ -> give(y, ChainCode.MOVE, spread(arguments, y.shape()));
            case ElementwiseOp of -> elementwise(of, arguments, y);
            case ReductionOp.Reduce of -> reduce(of, arguments.get(0), y);
            case ReductionOp.ArgReduce of -> {
                requireFloat(arguments.get(0));
                give(y, of.largest() ? RowCode.ARGMAX : RowCode.ARGMIN, List.of(asIs(arguments.get(0))));
            }
            case IndexOp.OneHot hot -> {
                int one = constant(ChainStruct.bits(hot.dtype(), 1));
                check(y);
                values.add(new Computed(slots.add(RowCode.ONE_HOT.number(), List.of(ofRow(arguments.get(0))), one), y));
            }
            case SoftmaxOp of -> softmax(of, arguments, results);
            case MatrixOp _, IndexOp _, NormalizationOp _, ConvolutionOp _, PoolingOp _, ShapeOp _ -> fits = false;
            case RandomOp _, SourceOp _, OptimizerOp _, FusedOp _, CustomOp _ -> fits = false;
        }
    }

    private static Value reshaped(Value value, TensorSpec spec) {
        return switch (value) {
            case Outside of -> new Outside(of.input, spec);
            case Constant of -> new Constant(of.bits, spec);
            case Computed of -> new Computed(of.number, spec);
        };
    }

    private void give(TensorSpec y, ChainCode code, List<Integer> arguments) {
        give(y, slots.add(code.number(), arguments), code.isExact());
    }

    private void give(TensorSpec y, RowCode code, List<Integer> arguments) {
        give(y, slots.add(code.number(), arguments), code.isExact());
    }

    /** A value of these bits, or of those that its type rounds them to. */
    private void give(TensorSpec y, int number, boolean exact) {
        check(y);
        boolean rounds = !exact && ChainProgram.isHalf(y.dtype());
        int rounded = rounds ? slots.add(ChainCode.round(y.dtype()).number(), List.of(number)) : number;
        values.add(new Computed(rounded, y));
    }

    /** A result has an element for each of the matrix's or one for each row. */
    private void check(TensorSpec y) {
        fits &= COMPUTED.contains(y.dtype()) && (frame.isFull(y.shape()) || frame.isOfRows(y.shape()));
    }

    private void requireFloat(Value value) {
        fits &= READ.contains(value.spec().dtype()) && value.spec().dtype().isFloating();
    }

    private void elementwise(ElementwiseOp op, List<Value> arguments, TensorSpec y) {
        DType argument = arguments.get(0).spec().dtype();
        if (!READ.contains(argument) || !COMPUTED.contains(y.dtype())) {
            fits = false;
            return;
        }
        if (op == BinaryOp.ADD && y.dtype() == DType.INT32) {
            give(y, RowCode.ADD_I32, spread(arguments, y.shape()));
            return;
        }
        if (y.dtype() == DType.INT32 && !movesWhole(op, argument)) {
            fits = false;
            return;
        }
        ChainCode code = y.dtype() == DType.INT32 && op instanceof ElementwiseOp.Cast
                ? ChainCode.MOVE
                : ChainCode.of(op, argument);
        fits &= !LEFT_OUT.contains(code);
        give(y, code, spread(arguments, y.shape()));
    }

    /** Whether an op with an int32 result only passes bits on. */
    private static boolean movesWhole(ElementwiseOp op, DType argument) {
        return op == UnaryOp.IDENTITY
                || op instanceof ElementwiseOp.Select
                || op instanceof ElementwiseOp.Cast && !argument.isFloating();
    }

    private void reduce(ReductionOp.Reduce op, Value x, TensorSpec y) {
        requireFloat(x);
        boolean sum = op.kind() == ReductionOp.Kind.SUM || op.kind() == ReductionOp.Kind.MEAN;
        if (y.shape().elements() == x.spec().shape().elements()) {
            // Of one element each; a sum begins with 0, which is more than -0.
            int zero = sum ? fill(0) : 0;
            int only = asIs(x);
            give(y, sum ? ChainCode.ADD : ChainCode.MOVE, sum ? List.of(only, zero) : List.of(only));
            return;
        }
        RowCode code = RowCode.of(op.kind());
        int combined = slots.add(code.number(), List.of(asIs(x)));
        if (op.kind() == ReductionOp.Kind.MEAN) {
            int count = fill(ChainStruct.bits(DType.FLOAT32, (double) frame.columns()));
            combined = slots.add(ChainCode.DIVIDE.number(), List.of(combined, count));
        }
        give(y, combined, code.isExact());
    }

    private void softmax(SoftmaxOp op, List<Value> arguments, List<TensorSpec> results) {
        requireFloat(arguments.get(0));
        List<Integer> numbers = IntStream.range(0, arguments.size())
                .mapToObj(i -> {
                    Value value = arguments.get(i);
                    boolean row = frame.columns() > 1
                            && value.spec().shape().rank()
                                    < arguments.get(0).spec().shape().rank();
                    return row ? ofRow(value) : asIs(value);
                })
                .toList();
        RowCode code = RowCode.of(op);
        if (results.size() == 1) {
            give(results.get(0), code, numbers);
            return;
        }
        int first = slots.addPair(code.number(), numbers);
        give(results.get(0), first, false);
        give(results.get(1), first + 1, false);
    }

    /** The arguments of an op over the shape of its result. */
    private List<Integer> spread(List<Value> arguments, Shape over) {
        return arguments.stream().map(argument -> over(argument, over)).toList();
    }

    /** A value that is not repeated. */
    private int asIs(Value value) {
        return over(value, value.spec().shape());
    }

    /** A value of one element a row. */
    private int ofRow(Value value) {
        fits &= frame.isOfRows(value.spec().shape());
        return asIs(value);
    }

    /** The number of a value as a result of that shape needs it. */
    private int over(Value value, Shape over) {
        boolean full = frame.isFull(over);
        Shape shape = value.spec().shape();
        boolean dense = shape.elements() == over.elements();
        boolean alongRows = full && frame.isRepeatedAlongRows(shape, over);
        return switch (value) {
            case Constant constant -> fill(constant.bits);
            case Computed computed -> {
                fits &= dense || alongRows;
                yield computed.number;
            }
            case Outside outside -> {
                if (!READ.contains(outside.spec.dtype()) || !full && !frame.isOfRows(over)) {
                    fits = false;
                    yield 0;
                }
                DType dtype = outside.spec.dtype();
                if (dense && full) {
                    yield load(ChainCode.load(dtype, false).number(), outside, Optional.empty());
                }
                if (dense || alongRows) {
                    yield load(RowCode.load(dtype).number(), outside, Optional.empty());
                }
                yield load(ChainCode.load(dtype, true).number(), outside, Optional.of(over));
            }
        };
    }

    private int load(int code, Outside from, Optional<Shape> over) {
        Load load = new Load(code, from.input, over);
        Integer known = loaded.get(load);
        if (known != null) {
            return known;
        }
        Optional<Spread> repeated =
                over.flatMap(shape -> Spread.of(from.spec.shape(), shape, frame.isFull(shape) ? 1 : frame.columns()));
        fits &= over.isEmpty() || repeated.isPresent();
        operands.add(new ChainStruct.Source(from.input, repeated));
        int number = slots.add(code, List.of(), operands.size() - 1);
        loaded.put(load, number);
        return number;
    }

    private int fill(int bits) {
        return filled.computeIfAbsent(bits, _ -> slots.add(ChainCode.CONSTANT.number(), List.of(), constant(bits)));
    }

    /** Where a constant stands. */
    private int constant(int bits) {
        int at = constants.indexOf(bits);
        if (at < 0) {
            constants.add(bits);
            at = constants.size() - 1;
        }
        return at;
    }
}
