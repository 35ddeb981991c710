package dev.lamina.backend.cuda;

import dev.lamina.graph.Plan;
import dev.lamina.graph.Plan.Location;
import dev.lamina.ops.ConvolutionOp;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.ElementwiseOp;
import dev.lamina.ops.FusedOp;
import dev.lamina.ops.IndexOp;
import dev.lamina.ops.MatrixOp;
import dev.lamina.ops.NormalizationOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.OptimizerOp;
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.ops.UnaryOp;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The steps of a plan as tasks of the kernel {@code tiny_steps}. */
final class TinyTasks {
    private static final List<TinyTask> NOT_THERE = List.of();

    private TinyTasks() {}

    /** The tasks that a step is; none if the kernel can't do it. */
    static List<TinyTask> of(Plan.Step step) {
        return switch (step) {
            case Plan.Copy copy ->
                copy.source().spec().bytes() % Integer.BYTES == 0
                        ? List.of(new TinyTask.Copy(copy.source(), copy.target()))
                        : NOT_THERE;
            case Plan.Run run -> of(run);
        };
    }

    private static List<TinyTask> of(Plan.Run run) {
        return switch (run.op()) {
            case MatrixOp.Matmul op -> product(op, run).map(List::<TinyTask>of).orElse(NOT_THERE);
            case FusedOp.Linear op -> linear(op, run);
            case FusedOp.LinearBackward op -> linearBackward(op, run);
            case FusedOp.GatedProduct op -> gated(op, run);
            case FusedOp.Elementwise op -> chain(op, run);
            case FusedOp.Sequence op -> parts(op, run);
            case FusedOp.Casts _, FusedOp.Convolution _, PooledConvolution _, PooledConvolutionBackward _ -> NOT_THERE;
            case ResidualNorm _, ResidualNorm.Backward _ -> NOT_THERE;
            case ReductionOp.Reduce op
            when isOfColumns(op, run) ->
                List.of(sums(run.inputs().get(0), run.outputs().get(0)));
            case ElementwiseOp op -> single(op, run);
            case ReductionOp op -> sequence(alone(op, run), run);
            case SoftmaxOp op -> sequence(alone(op, run), run);
            case IndexOp.OneHot op -> sequence(alone(op, run), run);
            case OptimizerOp op -> update(op, run);
            case IndexOp _, NormalizationOp _, ConvolutionOp _, PoolingOp _, ShapeOp _ -> NOT_THERE;
            case RandomOp _, SourceOp _, CustomOp _ -> NOT_THERE;
        };
    }

    private static boolean isMatrix(Location location) {
        return location.spec().dtype() == DType.FLOAT32
                && location.spec().shape().rank() == 2
                && location.spec().shape().elements() > 0;
    }

    private static Optional<TinyTask.Product> product(MatrixOp.Matmul op, Plan.Run run) {
        Location a = run.inputs().get(0);
        Location b = run.inputs().get(1);
        if (!isMatrix(a) || !isMatrix(b)) {
            return Optional.empty();
        }
        Shape y = op.infer(List.of(a.spec(), b.spec())).get(0).shape();
        int terms = a.spec().shape().size(op.transposeA() ? 0 : 1);
        CudaGemm sides = CudaGemm.dense(op.transposeA(), op.transposeB(), y.size(0), y.size(1), terms);
        return Optional.of(TinyTask.Product.of(sides, a, b, run.outputs().get(0)));
    }

    private static List<TinyTask> linear(FusedOp.Linear op, Plan.Run run) {
        boolean relu = op.activation().equals(Optional.of(UnaryOp.RELU));
        if (!relu && op.activation().isPresent()) {
            return NOT_THERE;
        }
        return product(op.product(), run)
                .map(of -> List.<TinyTask>of(new TinyTask.Product(
                        of.sides(),
                        of.a(),
                        of.b(),
                        of.y(),
                        Optional.of(run.inputs().get(2)),
                        of.saved(),
                        relu)))
                .orElse(NOT_THERE);
    }

    private static List<TinyTask> gated(FusedOp.GatedProduct op, Plan.Run run) {
        return product(op.product(), run)
                .map(of -> List.<TinyTask>of(new TinyTask.Product(
                        of.sides(),
                        of.a(),
                        of.b(),
                        of.y(),
                        of.bias(),
                        Optional.of(run.inputs().get(2)),
                        false)))
                .orElse(NOT_THERE);
    }

    private static List<TinyTask> linearBackward(FusedOp.LinearBackward op, Plan.Run run) {
        return product(op.product(), run)
                .map(of -> List.of(of, sums(run.inputs().get(1), run.outputs().get(1))))
                .orElse(NOT_THERE);
    }

    private static boolean isOfColumns(ReductionOp.Reduce op, Plan.Run run) {
        Location x = run.inputs().get(0);
        return op.kind() == ReductionOp.Kind.SUM
                && isMatrix(x)
                && op.reduced(x.spec().shape())[0]
                && !op.reduced(x.spec().shape())[1];
    }

    private static TinyTask sums(Location x, Location y) {
        Shape shape = x.spec().shape();
        return new TinyTask.Sums(shape.size(0), shape.size(1), x, y);
    }

    private static List<TensorSpec> specs(Plan.Run run) {
        return run.inputs().stream().map(Location::spec).toList();
    }

    private static List<TinyTask> chain(FusedOp.Elementwise op, Plan.Run run) {
        return CudaChain.of(op, specs(run))
                .filter(chain -> op.draws().isEmpty()
                        && chain.elements() > 0
                        && chain.elements() <= Integer.MAX_VALUE
                        && LongStream.of(chain.program().code()).allMatch(RowProgram::runs))
                .map(chain -> List.<TinyTask>of(new TinyTask.Program(
                        (int) chain.elements(), 1, true, chain.program(), run.inputs(), run.outputs())))
                .orElse(NOT_THERE);
    }

    /** A sequence by its parts, if each can be done by itself. */
    private static List<TinyTask> parts(FusedOp.Sequence op, Plan.Run run) {
        List<List<TinyTask>> parts = TinyRewrites.parts(op, run).stream()
                .map(part -> sequence((FusedOp.Sequence) part.op(), part))
                .toList();
        return parts.stream().anyMatch(List::isEmpty)
                ? sequence(op, run)
                : parts.stream().flatMap(List::stream).toList();
    }

    private static List<TinyTask> sequence(FusedOp.Sequence op, Plan.Run run) {
        return CudaRows.of(op)
                .filter(rows -> rows.frame().columns() <= TinyTask.Program.MOST_COLUMNS)
                .map(rows -> List.<TinyTask>of(new TinyTask.Program(
                        (int) rows.frame().rows(),
                        (int) rows.frame().columns(),
                        false,
                        rows.program(),
                        run.inputs(),
                        run.outputs())))
                .orElse(NOT_THERE);
    }

    /** An op of one element as a chain, or, where chains lack it, as a sequence. */
    private static List<TinyTask> single(ElementwiseOp op, Plan.Run run) {
        List<TensorSpec> inputs = specs(run);
        List<Integer> arguments = IntStream.range(0, inputs.size()).boxed().toList();
        FusedOp.Elementwise chain = new FusedOp.Elementwise(
                run.outputs().get(0).spec().shape(),
                inputs.stream().map(TensorSpec::dtype).toList(),
                List.of(),
                List.of(new FusedOp.Elementwise.Instruction(op, arguments)),
                List.of(inputs.size()));
        List<TinyTask> tasks = chain(chain, run);
        return tasks.isEmpty() ? sequence(alone(op, run), run) : tasks;
    }

    /** A sequence of one op. */
    private static FusedOp.Sequence alone(Op op, Plan.Run run) {
        int inputs = run.inputs().size();
        return new FusedOp.Sequence(
                specs(run),
                List.of(new FusedOp.Sequence.Step(
                        op, IntStream.range(0, inputs).boxed().toList())),
                IntStream.range(inputs, inputs + run.outputs().size()).boxed().toList());
    }

    private static List<TinyTask> update(OptimizerOp op, Plan.Run run) {
        OptimizerOp.Rule rule = switch (op) {
            case OptimizerOp.Rule of -> of;
            case OptimizerOp.Guarded of -> of.rule();
        };
        TinyTask.Update update =
                new TinyTask.Update(rule, op instanceof OptimizerOp.Guarded, run.inputs(), run.outputs());
        boolean all = update.weights() > 0;
        for (int i = 0; i < update.weights(); i++) {
            int in = update.input(i);
            all &= run.inputs().get(in).spec().dtype() == DType.FLOAT32
                    && run.inputs().get(in + 1).spec().dtype() == DType.FLOAT32;
            // A step that is not taken writes nothing.
            for (int k = 0; update.guarded() && k < rule.outputsPerWeight(); k++) {
                Location before = run.inputs().get(k == 0 ? in : in + 1 + k);
                all &= TinyCells.key(before).equals(TinyCells.key(run.outputs().get(i * rule.outputsPerWeight() + k)));
            }
        }
        return all ? List.of(update) : NOT_THERE;
    }
}
