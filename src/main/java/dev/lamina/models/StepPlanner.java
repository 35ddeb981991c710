package dev.lamina.models;

import dev.lamina.backend.Backends;
import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.graph.Plan;
import dev.lamina.layers.CallLosses;
import dev.lamina.runtime.Execution;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Lays out a model's step for batches of any size, from its trace, without memory: a training step if the model is
 * compiled, else one of prediction. Builds the model; its weights get memory when they are used.
 */
final class StepPlanner {
    /** No larger batch is looked for. */
    private static final int MOST_SAMPLES = 1 << 20;

    private final Model model;
    private final List<TensorSpec> x;
    private final List<TensorSpec> y;

    /** @param y none for a plan of prediction; the first axis of all is the batch's and may be of any size */
    StepPlanner(Model model, List<TensorSpec> x, List<TensorSpec> y) {
        this.model = model;
        this.x = List.copyOf(x);
        this.y = List.copyOf(y);
    }

    /**
     * For targets that the model's losses take: of the outputs' shapes, or whole numbers instead of the last axis, as
     * for classes.
     */
    static StepPlanner of(Model model, TensorSpec x) {
        List<TensorSpec> inputs = List.of(x);
        List<TensorSpec> outputs = Execution.planning(() -> model.computeOutputSpecs(inputs));
        if (!model.isCompiled()) {
            return new StepPlanner(model, inputs, List.of());
        }
        StepPlanner alike = new StepPlanner(model, inputs, outputs);
        try {
            alike.checkTargets(outputs);
            return alike;
        } catch (ShapeException | DTypeException e) {
            List<TensorSpec> classes = outputs.stream()
                    .map(output -> new TensorSpec(
                            output.shape().slice(0, Math.max(1, output.shape().rank() - 1)), DType.INT32))
                    .toList();
            return new StepPlanner(model, inputs, classes);
        }
    }

    /** An error if the losses want targets of another form. */
    private void checkTargets(List<TensorSpec> outputs) {
        Batch batch = new Batch(symbols(sized(x, 1)), symbols(sized(y, 1)), List.of());
        List<Tensor> predictions = symbols(sized(outputs, 1));
        Execution.planning(
                () -> Execution.symbolically(() -> model.measures().losses().apply(batch, predictions)));
    }

    private static List<Tensor> symbols(List<TensorSpec> specs) {
        return specs.stream()
                .<Tensor>map(spec -> new SymbolicTensor("plan", spec))
                .toList();
    }

    private static List<TensorSpec> sized(List<TensorSpec> specs, int batch) {
        return specs.stream()
                .map(spec -> new TensorSpec(spec.shape().withSize(0, batch), spec.dtype()))
                .toList();
    }

    private Plan step(int batch) {
        List<TensorSpec> inputs = sized(x, batch);
        List<TensorSpec> all = new ArrayList<>(inputs);
        all.addAll(sized(y, batch));
        return Execution.planning(() -> {
            List<TensorSpec> outputs = model.computeOutputSpecs(inputs);
            if (!y.isEmpty()) {
                model.measures().metrics().build(shapes(all.subList(inputs.size(), all.size())), shapes(outputs));
            }
            CallLosses losses = CallLosses.of(model);
            try {
                return Execution.plan(all, program(inputs.size()));
            } finally {
                losses.restore();
            }
        });
    }

    private static List<Shape> shapes(List<TensorSpec> specs) {
        return specs.stream().map(TensorSpec::shape).toList();
    }

    /** What {@link StepRunner} compiles. */
    private Function<List<Tensor>, List<Tensor>> program(int inputs) {
        return arguments -> {
            List<Tensor> outputs = y.isEmpty()
                    ? new ArrayList<>(model.predictStep(arguments))
                    : new ArrayList<>(model.trainStep(new Batch(
                                    arguments.subList(0, inputs),
                                    arguments.subList(inputs, arguments.size()),
                                    List.of()))
                            .values());
            outputs.addAll(CallLosses.of(model).tensors());
            return outputs;
        };
    }

    MemoryPlan plan(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("[" + model.name()
                    + "] expected a batch of at least 1 sample to plan for; received " + batch + ".");
        }
        MemoryPlan plan = plan(step(batch), batch, 0);
        return plan(plan.step(), batch, largestBatch(batch, plan));
    }

    private MemoryPlan plan(Plan step, int batch, int largest) {
        List<Variable> weights = model.variables();
        List<Variable> optimizer = y.isEmpty() ? List.of() : model.optimizer().variables();
        List<Variable> metrics = y.isEmpty() ? List.of() : model.measures().variables();
        long allocated = allocated(weights) + allocated(optimizer) + allocated(metrics);
        long inputs = step.inputs().stream().mapToLong(at -> at.spec().bytes()).sum();
        long values = step.arenaBytes() - step.workspaceBytes() - inputs;
        long gradients = y.isEmpty() ? 0 : Math.min(values, bytes(model.trainableWeights()));
        return new MemoryPlan(
                batch,
                bytes(weights),
                bytes(optimizer),
                bytes(metrics),
                inputs,
                gradients,
                values - gradients + step.constantBytes(),
                step.workspaceBytes(),
                tables(step),
                allocated,
                Backends.current().availableBytes(),
                largest,
                step,
                Backends.current().execution(step));
    }

    private static long tables(Plan step) {
        long bytes = 0;
        for (Plan.Step one : step.steps()) {
            if (one instanceof Plan.Run run) {
                List<TensorSpec> inputs =
                        run.inputs().stream().map(Plan.Location::spec).toList();
                bytes += Backends.current().boundBytes(run.op(), inputs);
            }
        }
        return bytes;
    }

    private static long bytes(List<Variable> variables) {
        return variables.stream().mapToLong(variable -> variable.spec().bytes()).sum();
    }

    private static long allocated(List<Variable> variables) {
        return bytes(variables.stream().filter(Variable::isAllocated).toList());
    }

    /** The arena grows with the batch nearly in proportion, so that the answer is near a guess along a line. */
    private int largestBatch(int batch, MemoryPlan plan) {
        long arena = plan.step().arenaBytes();
        long rest = plan.total() - plan.allocated() - arena;
        int guess = Math.clamp((plan.available() - rest) / Math.max(1, arena / batch), 1, MOST_SAMPLES);
        int stride = Math.max(1, guess / 64);
        int fitting = 0;
        int tooLarge = MOST_SAMPLES + 1;
        for (int size = guess; tooLarge - fitting > 1; stride *= 2) {
            if (plan(step(size), size, 0).fits()) {
                fitting = size;
            } else {
                tooLarge = size;
            }
            boolean enclosed = fitting >= guess && tooLarge <= MOST_SAMPLES || fitting > 0 && tooLarge <= guess;
            int next =
                    enclosed ? fitting + (tooLarge - fitting) / 2 : fitting > 0 ? fitting + stride : tooLarge - stride;
            size = Math.clamp(next, fitting + 1, Math.max(fitting + 1, tooLarge - 1));
        }
        return fitting;
    }
}
