package dev.lamina.backend.cuda;

import dev.lamina.backend.Backend;
import dev.lamina.backend.BackendStatistics;
import dev.lamina.backend.Composite;
import dev.lamina.backend.Executable;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.backend.PreparedOp;
import dev.lamina.graph.Plan;
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
import dev.lamina.tensor.Buffer;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/**
 * Computes on a GPU: matrix products by cuBLAS and cublasLt, everything else by Lamina's own kernels. An op has been
 * issued, not done, when {@link #run} returns. System properties: {@code dev.lamina.cuda.device} (its number),
 * {@code dev.lamina.cuda.memoryLimit} (bytes), {@code dev.lamina.cuda.sync=true} (wait for each launch, to find which
 * one is at fault), {@code dev.lamina.cuda.cache=off}, {@code dev.lamina.cuda.graphs=off} (compiled steps launch each
 * kernel by itself), {@code dev.lamina.cuda.tiny=off} (those of tiny networks are graphs as well),
 * {@code dev.lamina.cuda.cublaslt=off} (biases and their gradients are launches of their own) and
 * {@code dev.lamina.cuda.autotune=true} (algorithms of cublasLt are chosen by time).
 */
final class CudaBackend implements Backend {
    /**
     * The names of Lamina's ops that run by their {@linkplain Op#define definition} in simpler ops where no kernel
     * fits.
     */
    static final List<String> OPS_BY_DEFINITION = List.of(
            "biased_conv",
            "casts",
            "fused_elementwise",
            "fused_sequence",
            "linear",
            "pooled_conv",
            "pooled_conv_backward");

    private static final long UNSHARED_BYTES = 32L << 20;

    private static final boolean GRAPHS = !"off".equals(System.getProperty("dev.lamina.cuda.graphs"));

    private final CudaDevice device;
    private final CudaMemory memory;
    private final CudaBlas blas;
    private final CudaLt lt;
    private final KernelLibrary library;

    private final CudaLauncher launcher;
    private final CudaElementwise elementwise;
    private final CudaReduction reduction;
    private final CudaMatrix matrix;
    private final CudaShape shape;
    private final CudaIndex index;
    private final CudaSoftmax softmax;
    private final CudaNormalization normalization;
    private final CudaConvolution convolution;
    private final CudaPooling pooling;
    private final CudaRandom random;
    private final CudaSource source;
    private final CudaOptimizer optimizer;
    private final Composite composite = new Composite(this);
    private final CudaFused fused;
    private final CudaCustom custom;

    private long opsRun;

    /** A backend on a device, that may hold so many bytes for tensors. */
    CudaBackend(CudaDevice device, long memoryLimit) {
        this.device = device;
        try (CudaDevice.Hold _ = device.hold();
                Opened opened = new Opened()) {
            memory = opened.add(new CudaMemory(device, memoryLimit), CudaMemory::close);
            blas = opened.add(new CudaBlas(device), CudaBlas::close);
            lt = new CudaLt(device, blas, CudaProbe.result().cublasLtLibrary());
            library = new KernelLibrary(device.driver());
            opened.keep();
        }
        launcher = new CudaLauncher(device, library);
        elementwise = new CudaElementwise(launcher);
        reduction = new CudaReduction(launcher);
        matrix = new CudaMatrix(launcher, blas);
        shape = new CudaShape(launcher);
        index = new CudaIndex(launcher);
        softmax = new CudaSoftmax(launcher);
        normalization = new CudaNormalization(launcher);
        convolution = new CudaConvolution(launcher, blas);
        pooling = new CudaPooling(launcher);
        random = new CudaRandom(launcher);
        source = new CudaSource(launcher);
        optimizer = new CudaOptimizer(memory, launcher);
        fused = new CudaFused(
                launcher, new CudaLinear(launcher, lt, matrix, reduction, elementwise, composite), composite);
        custom = new CudaCustom(this, composite, memory);
        lt.checkedBy((dtype, epilogue) -> LtCheck.isRight(this, dtype, epilogue));
    }

    /** Opens the device of that number; if anything fails, nothing stays open. */
    static CudaBackend open(int ordinal, long memoryLimit) {
        try (Opened opened = new Opened()) {
            CudaDevice device = opened.add(new CudaDevice(ordinal), CudaDevice::close);
            CudaBackend backend = new CudaBackend(device, memoryLimit);
            opened.keep();
            return backend;
        }
    }

    @Override
    public String name() {
        return device.name();
    }

    CudaDevice device() {
        return device;
    }

    KernelLibrary library() {
        return library;
    }

    /** The names of the ops, users' own among them, that were run so far by their definitions. */
    Set<String> ranByDefinition() {
        return composite.ran();
    }

    CudaLauncher launcher() {
        return launcher;
    }

    CudaMemory memory() {
        return memory;
    }

    CudaBlas blas() {
        return blas;
    }

    CudaLt lt() {
        return lt;
    }

    @Override
    public Buffer allocate(long bytes) {
        return memory.allocate(bytes);
    }

    @Override
    public long workspaceBytes(Op op, List<TensorSpec> inputs) {
        return switch (op) {
            case ReductionOp of -> reduction.workspaceBytes(of, inputs);
            case NormalizationOp of -> normalization.workspaceBytes(of, inputs);
            case ConvolutionOp of -> convolution.workspaceBytes(of, inputs);
            case ElementwiseOp _, MatrixOp _, ShapeOp _, IndexOp _, SoftmaxOp _ -> 0;
            case PoolingOp _, RandomOp _, SourceOp _ -> 0;
            case OptimizerOp of -> optimizer.workspaceBytes(of, inputs);
            case FusedOp of -> fused.workspaceBytes(of, inputs);
            case CustomOp of -> custom.workspaceBytes(of, inputs);
        };
    }

    /** An optimizer's table of weights. */
    @Override
    public long boundBytes(Op op, List<TensorSpec> inputs) {
        return op instanceof OptimizerOp of ? optimizer.table(of, inputs).bytes() : 0;
    }

    /**
     * Every thread of an elementwise kernel reads its elements before it writes them, and so does a sequence on a row.
     */
    @Override
    public boolean overwrites(Op op, int input, int output) {
        return op instanceof ElementwiseOp
                || op instanceof FusedOp of && CudaFused.overwrites(of)
                || op instanceof OptimizerOp step && step.overwrites(input, output);
    }

    @Override
    public boolean fuses(FusedOp op, List<TensorSpec> inputs) {
        try (CudaDevice.Hold _ = device.hold()) {
            return fused.fuses(op, inputs);
        }
    }

    @Override
    public boolean fusesSequences() {
        return true;
    }

    @Override
    public boolean readsHalfGradients() {
        return true;
    }

    /** Little enough for the caches of the devices in use, and of no weight beside their memory. */
    @Override
    public long unsharedBytes() {
        return GRAPHS && CudaExecutable.LANES > 1 ? UNSHARED_BYTES : 0;
    }

    @Override
    public PreparedOp prepare(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        if (!(op instanceof OptimizerOp step)) {
            return () -> run(op, inputs, outputs, workspace);
        }
        try (CudaDevice.Hold _ = device.hold()) {
            CudaOptimizer.Bound bound = optimizer.bind(step, inputs, outputs);
            return new PreparedOp() {
                @Override
                public void run() {
                    try (CudaDevice.Hold _ = device.hold()) {
                        opsRun++;
                        bound.run();
                    }
                }

                @Override
                public void close() {
                    bound.close();
                }
            };
        }
    }

    @Override
    public void run(Op op, Operand[] inputs, Operand[] outputs, Operand workspace) {
        try (CudaDevice.Hold _ = device.hold()) {
            opsRun++;
            switch (op) {
                case ElementwiseOp of -> elementwise.run(of, inputs, outputs);
                case ReductionOp of -> reduction.run(of, inputs, outputs, workspace);
                case MatrixOp of -> matrix.run(of, inputs, outputs);
                case ShapeOp of -> shape.run(of, inputs, outputs);
                case IndexOp of -> index.run(of, inputs, outputs);
                case SoftmaxOp of -> softmax.run(of, inputs, outputs);
                case NormalizationOp of -> normalization.run(of, inputs, outputs, workspace);
                case ConvolutionOp of -> convolution.run(of, inputs, outputs, workspace);
                case PoolingOp of -> pooling.run(of, inputs, outputs);
                case RandomOp of -> random.run(of, inputs, outputs);
                case SourceOp of -> source.run(of, outputs);
                case OptimizerOp of -> optimizer.run(of, inputs, outputs, workspace);
                case FusedOp of -> fused.run(of, inputs, outputs, workspace);
                case CustomOp _ -> {}
            }
        }
        // The user's own code may take long, or wait for another thread that needs the device: not under the lock.
        if (op instanceof CustomOp of) {
            custom.run(of, inputs, outputs, workspace);
        }
    }

    @Override
    public void copy(Operand from, Operand to) {
        try (CudaDevice.Hold _ = device.hold()) {
            long bytes = to.bytes();
            if (bytes > 0) {
                device.driver()
                        .copy(
                                CudaBuffer.address(to),
                                CudaBuffer.address(from),
                                bytes,
                                device.compute().handle());
            }
        }
    }

    @Override
    public boolean hasOwnMemory() {
        return true;
    }

    @Override
    public Executable compile(Plan plan) {
        PlanExecutor steps = new PlanExecutor(this, plan);
        CudaExecutable executable = new CudaExecutable(this, steps, isCapturable(plan));
        try (CudaDevice.Hold _ = device.hold()) {
            TinySteps.plan(device, plan)
                    .ifPresent(tiny -> executable.together(TinySteps.bind(device, launcher, memory, tiny, steps)));
            return executable;
        } catch (Throwable e) {
            executable.close();
            throw e;
        }
    }

    @Override
    public String execution(Plan plan) {
        return TinySteps.plan(device, plan)
                .map(TinyPlan::toString)
                .orElse(isCapturable(plan) ? "one graph a step" : "a launch for each op");
    }

    /** Whether a plan's steps can become a graph: not if the host has a part in them, or is to wait for each. */
    private boolean isCapturable(Plan plan) {
        return GRAPHS
                && !device.isSynchronous()
                && plan.steps().stream()
                        .noneMatch(step -> step instanceof Plan.Run run
                                && run.op() instanceof CustomOp op
                                && custom.runsOnHost(
                                        op,
                                        run.inputs().stream()
                                                .map(Plan.Location::spec)
                                                .toList()));
    }

    @Override
    public void synchronize() {
        try (CudaDevice.Hold _ = device.hold()) {
            device.compute().synchronize();
        }
    }

    @Override
    public BackendStatistics statistics() {
        try (CudaDevice.Hold _ = device.hold()) {
            CudaAllocator allocator = memory.allocator();
            return new BackendStatistics(
                    allocator.live(),
                    allocator.peak(),
                    allocator.reserved(),
                    allocator.allocations(),
                    memory.downloads(),
                    memory.uploads(),
                    opsRun);
        }
    }

    @Override
    public long availableBytes() {
        return memory.allocator().availableBytes();
    }

    @Override
    public void trim() {
        memory.allocator().trim();
    }

    /**
     * Gives everything back that this backend holds, the memory of tensors in use excepted; it can't be used any more.
     */
    void close() {
        try (CudaDevice.Hold _ = device.hold()) {
            if (!device.driver().isLost()) {
                device.compute().synchronize();
                memory.close();
                lt.close();
                blas.close();
                library.close();
            }
        }
        device.close();
    }

    /** The version that cuBLAS gives itself. */
    String cublasVersion() {
        return blas.version();
    }

    /** The device, the driver and cuBLAS. */
    @Override
    public String toString() {
        CudaProbe probe = CudaProbe.result();
        return device + ", driver " + probe.driver() + ", cuBLAS " + blas.version() + " by " + probe.cublas();
    }
}
