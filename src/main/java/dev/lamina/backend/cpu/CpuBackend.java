package dev.lamina.backend.cpu;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendStatistics;
import dev.lamina.backend.Composite;
import dev.lamina.backend.PreparedOp;
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
import dev.lamina.ops.PooledConvolution;
import dev.lamina.ops.PooledConvolutionBackward;
import dev.lamina.ops.PoolingOp;
import dev.lamina.ops.RandomOp;
import dev.lamina.ops.ReductionOp;
import dev.lamina.ops.ResidualNorm;
import dev.lamina.ops.ShapeOp;
import dev.lamina.ops.SoftmaxOp;
import dev.lamina.ops.SourceOp;
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Computes on the processor: plain Java over memory outside the heap, matrix products by oneDNN where it can be had.
 * Each op has run when {@link #run} returns. System properties: {@code dev.lamina.cpu.threads},
 * {@code dev.lamina.cpu.memoryLimit} (bytes), {@code dev.lamina.cpu.onednn=off} and {@code dev.lamina.cpu.loops=off}.
 */
public final class CpuBackend implements Backend {
    /** With less than two of these bytes to copy a second thread does not pay. */
    private static final long COPY_GRAIN = 128 << 10;

    private final int threads;
    private final CpuThreads pool;
    private final CpuAllocator allocator;
    private final LongAdder opsRun = new LongAdder();

    private final ElementwiseKernels elementwise;
    private final ReductionKernels reduction;
    private final MatrixKernels matrix;
    private final LinearKernels linear;
    private final ShapeKernels shape;
    private final IndexKernels index;
    private final SoftmaxKernels softmax;
    private final NormalizationKernels normalization;
    private final ConvolutionKernels convolution;
    private final PoolingKernels pooling;
    /** Only where native loops may run. */
    private final Optional<PooledConvolutionKernels> pooledConvolution;

    private final Optional<PooledGradientKernels> pooledGradient;

    private final RandomKernels random;
    private final SourceKernels source;
    private final OptimizerKernels optimizer;
    private final CustomKernels custom = new CustomKernels();
    private final Composite composite = new Composite(this);

    /** A backend of its own, with so many threads (the caller's included), that may hold so many bytes. */
    CpuBackend(int threads, long memoryLimit) {
        this(threads, memoryLimit, true);
    }

    /** @param fast whether native loops may run, and oneDNN compute more than matrix products */
    CpuBackend(int threads, long memoryLimit, boolean fast) {
        this.threads = threads;
        pool = new CpuThreads(threads);
        boolean natively = fast && Loops.PRESENT;
        Gemm gemm = new Gemm(pool, natively);
        allocator = new CpuAllocator(memoryLimit);
        elementwise = new ElementwiseKernels(pool, natively);
        reduction = new ReductionKernels(pool, natively);
        matrix = new MatrixKernels(pool, gemm);
        linear = new LinearKernels(matrix, elementwise, natively);
        shape = new ShapeKernels(pool);
        index = new IndexKernels(pool);
        softmax = new SoftmaxKernels(pool);
        normalization = new NormalizationKernels(pool);
        convolution = new ConvolutionKernels(pool, gemm, fast);
        pooling = new PoolingKernels(pool, natively);
        pooledConvolution = natively ? Optional.of(new PooledConvolutionKernels(pool)) : Optional.empty();
        pooledGradient = natively ? Optional.of(new PooledGradientKernels(pool)) : Optional.empty();
        random = new RandomKernels(pool);
        source = new SourceKernels(pool);
        optimizer = new OptimizerKernels(pool, natively);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Buffer allocate(long bytes) {
        return allocator.allocate(bytes);
    }

    @Override
    public long workspaceBytes(Op op, List<TensorSpec> inputs) {
        return switch (op) {
            case MatrixOp product -> matrix.workspaceBytes(product, inputs);
            case FusedOp.Linear product -> matrix.workspaceBytes(product.product(), inputs.subList(0, 2));
            case FusedOp.LinearBackward of -> matrix.workspaceBytes(of.product(), inputs);
            case FusedOp.GatedProduct of -> matrix.workspaceBytes(of.product(), inputs.subList(0, 2));
            case ConvolutionOp product -> convolution.workspaceBytes(product, inputs);
            case FusedOp.Convolution product -> convolution.workspaceBytes(product, inputs);
            case PooledConvolution of ->
                pooledConvolution
                        .flatMap(kernels -> kernels.workspaceBytes(of, inputs))
                        .orElseGet(() -> composite.workspaceBytes(of, inputs).orElseThrow());
            case PooledConvolutionBackward of ->
                pooledGradient
                        .flatMap(kernels -> kernels.workspaceBytes(of, inputs))
                        .orElseGet(() -> composite.workspaceBytes(of, inputs).orElseThrow());
            case FusedOp.Elementwise of when of.draws().isEmpty() -> 0;
            case FusedOp.Elementwise _, FusedOp.Sequence _, FusedOp.Casts _, ResidualNorm _, ResidualNorm.Backward _ ->
                composite.workspaceBytes(op, inputs).orElseThrow();
            case ElementwiseOp _, ReductionOp _, ShapeOp _, IndexOp _, SoftmaxOp _, NormalizationOp _ -> 0;
            case PoolingOp _, RandomOp _, SourceOp _, OptimizerOp _, CustomOp _ -> 0;
        };
    }

    /** Elementwise loops read a block of every input before they write the block of the output. */
    @Override
    public boolean overwrites(Op op, int input, int output) {
        return op instanceof ElementwiseOp
                || op instanceof FusedOp.Elementwise of && of.draws().isEmpty()
                || op instanceof OptimizerOp step && step.overwrites(input, output);
    }

    /**
     * The sums of a bias's gradient would not run in the product's own loops; sequences and merged casts save launches
     * alone.
     */
    @Override
    public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
        return switch (op) {
            case FusedOp.Elementwise of -> of.draws().isEmpty();
            case FusedOp.Linear _, FusedOp.GatedProduct _, FusedOp.Convolution _ -> true;
            case PooledConvolution of ->
                pooledConvolution.filter(kernels -> kernels.serves(of, inputs)).isPresent();
            case PooledConvolutionBackward of ->
                pooledGradient.filter(kernels -> kernels.serves(of, inputs)).isPresent();
            case FusedOp.LinearBackward _, FusedOp.Sequence _, FusedOp.Casts _ -> false;
            case ResidualNorm _, ResidualNorm.Backward _ -> false;
        };
    }

    @Override
    public void run(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        prepare(op, inputs, outputs, workspace).run();
    }

    @Override
    public PreparedOp prepare(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        Runnable kernel = kernel(op, inputs, outputs, workspace);
        return () -> {
            opsRun.increment();
            kernel.run();
        };
    }

    private Runnable kernel(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        return switch (op) {
            case ElementwiseOp of -> elementwise.prepare(of, inputs, outputs);
            case FusedOp.Elementwise of when of.draws().isEmpty() -> elementwise.prepare(of, inputs, outputs);
            case FusedOp.Linear of -> linear.prepare(of, inputs, outputs, workspace);
            case FusedOp.LinearBackward of -> {
                Operand[] kernel = {outputs[0]};
                Runnable product = matrix.prepare(of.product(), inputs, kernel, workspace);
                Runnable sum = reduction.prepare(of.sum(), new Operand[] {inputs[1]}, new Operand[] {outputs[1]});
                yield () -> {
                    product.run();
                    sum.run();
                };
            }
            case FusedOp.GatedProduct of -> linear.prepare(of, inputs, outputs, workspace);
            case MatrixOp of -> matrix.prepare(of, inputs, outputs, workspace);
            case ReductionOp of -> reduction.prepare(of, inputs, outputs);
            case ShapeOp of -> () -> shape.run(of, inputs, outputs);
            case IndexOp of -> () -> index.run(of, inputs, outputs);
            case SoftmaxOp of -> softmax.prepare(of, inputs, outputs);
            case NormalizationOp of -> () -> normalization.run(of, inputs, outputs);
            case ConvolutionOp of -> convolution.prepare(of, inputs, outputs, workspace);
            case FusedOp.Convolution of -> {
                Operand y = outputs[0];
                Runnable sum = elementwise.prepare(BinaryOp.ADD, new Operand[] {y, inputs[2]}, outputs);
                yield convolution.prepare(of, inputs, outputs, workspace, sum);
            }
            case PooledConvolution of ->
                pooledConvolution
                        .flatMap(kernels -> kernels.prepare(of, inputs, outputs, workspace))
                        .orElse(() -> composite.run(of, inputs, outputs, workspace));
            case PooledConvolutionBackward of ->
                pooledGradient
                        .flatMap(kernels -> kernels.prepare(of, inputs, outputs, workspace))
                        .orElse(() -> composite.run(of, inputs, outputs, workspace));
            case FusedOp.Elementwise _, FusedOp.Sequence _, FusedOp.Casts _, ResidualNorm _, ResidualNorm.Backward _ ->
                () -> composite.run(op, inputs, outputs, workspace);
            case PoolingOp of -> pooling.prepare(of, inputs, outputs);
            case RandomOp of -> () -> random.run(of, inputs, outputs);
            case SourceOp of -> () -> source.run(of, outputs);
            case OptimizerOp of -> optimizer.prepare(of, inputs, outputs);
            case CustomOp of -> () -> custom.run(of, inputs, outputs);
        };
    }

    @Override
    public void copy(Operand source, Operand target) {
        MemorySegment from = CpuBuffer.data(source);
        MemorySegment to = CpuBuffer.data(target);
        if (pool.parts(from.byteSize(), COPY_GRAIN) == 1) {
            to.copyFrom(from);
        } else {
            pool.parallelFor(
                    from.byteSize(),
                    COPY_GRAIN,
                    (_, first, last) -> MemorySegment.copy(from, first, to, first, last - first));
        }
    }

    @Override
    public void synchronize() {
        // Every op has run when run returns.
    }

    @Override
    public BackendStatistics statistics() {
        return allocator.statistics(opsRun.sum());
    }

    /** How many ranges of work were shared out among threads so far. */
    long regions() {
        return pool.regions();
    }

    @Override
    public long availableBytes() {
        return allocator.availableBytes();
    }

    @Override
    public void trim() {
        allocator.trim();
    }

    /** For people. */
    @Override
    public String toString() {
        return "cpu, " + threads + (threads == 1 ? " thread" : " threads");
    }
}
