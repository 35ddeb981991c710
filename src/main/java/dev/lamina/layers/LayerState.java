package dev.lamina.layers;

import dev.lamina.errors.ShapeException;
import dev.lamina.initializers.Initializer;
import dev.lamina.regularizers.Regularizer;
import dev.lamina.runtime.Execution;
import dev.lamina.runtime.SeedGenerator;
import dev.lamina.runtime.Variables;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/** What a layer keeps: its weights, parts and losses, whether it is built and frozen. */
final class LayerState {
    private final Layer layer;
    private final List<Variable> added = new ArrayList<>();
    private final Map<Variable, Regularizer> regularizers = new IdentityHashMap<>();
    private final Map<String, Layer> trackedByHand = new LinkedHashMap<>();
    private final AtomicBoolean warnedOfMask = new AtomicBoolean();
    private volatile List<Tensor> lastLosses = List.of();
    private volatile List<TensorSpec> builtFor = List.of();
    private volatile List<Shape> outputShapes = List.of();
    private volatile boolean trainable;
    private volatile boolean built;
    private boolean building;

    /** The names of the weights that there were before the build that is going on. */
    private List<String> namesBefore = List.of();

    private String path;

    LayerState(Layer layer, boolean trainable) {
        this.layer = layer;
        this.trainable = trainable;
        this.path = layer.name();
    }

    // Building.

    boolean isBuilt() {
        return built;
    }

    /** Builds once, under the lock, outside of any trace. */
    synchronized void build(String newPath, List<TensorSpec> inputs) {
        if (built || building) {
            return;
        }
        building = true;
        String oldPath = path;
        List<String> oldNames = added.stream().map(Variable::name).toList();
        namesBefore = oldNames;
        path = newPath;
        List<Shape> inputShapes = inputs.stream().map(TensorSpec::shape).toList();
        try {
            added.forEach(variable -> variable.rename(path + "/" + variable.name()));
            Execution.eagerly(() -> {
                layer.build(inputShapes);
                return inputShapes;
            });
            builtFor = inputs.stream()
                    .map(input -> new TensorSpec(batchUnknown(input.shape()), input.dtype()))
                    .toList();
            built = true;
        } finally {
            building = false;
            namesBefore = List.of();
            if (!built) {
                path = oldPath;
                undo(oldNames);
            }
        }
    }

    /** Forgets the weights of a build that failed, so that the next one starts from where this one did. */
    private void undo(List<String> oldNames) {
        while (added.size() > oldNames.size()) {
            Variable variable = added.removeLast();
            regularizers.remove(variable);
            variable.close();
        }
        for (int i = 0; i < oldNames.size(); i++) {
            added.get(i).rename(oldNames.get(i));
        }
    }

    /** The next call builds again, though the parts stay as they are; for models whose layers may change. */
    synchronized void unbuild() {
        built = false;
        outputShapes = List.of();
    }

    Variable addWeight(WeightSpec spec) {
        if (built) {
            throw new IllegalStateException(
                    "[" + layer.name() + "] expected weights to be added in the constructor or in build; "
                            + "received \"" + spec.name() + "\" after the layer was built.");
        }
        if (namesBefore.contains(spec.name())) {
            throw new IllegalStateException("[" + layer.name() + "] expected build to add weights that the layer does "
                    + "not have; received \"" + spec.name() + "\", which was added before. If build was called from "
                    + "outside, call buildFor(inputShape) instead: a layer built by it is not built again.");
        }
        if (!spec.shape().isFullyKnown()) {
            throw new ShapeException("[" + path + "] expected a known size for every axis of weight \"" + spec.name()
                    + "\"; received " + spec.shape() + ". Fix the size of that axis of the input.");
        }
        DType dtype = spec.dtype().orElse(layer.dtypePolicy().variable());
        String name = building ? path + "/" + spec.name() : spec.name();
        Initializer initializer = spec.startingValues(dtype);
        Variable variable = Variables.create(
                name,
                new TensorSpec(spec.shape(), dtype),
                () -> initializer.apply(spec.shape(), dtype),
                spec.trainable(),
                initializer.takesSeed());
        variable.autocast(spec.autocast());
        added.add(variable);
        spec.regularizer().ifPresent(regularizer -> regularizers.put(variable, regularizer));
        spec.constraint().ifPresent(constraint -> variable.constrain(constraint::apply));
        return variable;
    }

    void track(String name, Layer part) {
        if (built) {
            throw new IllegalStateException(
                    "[" + layer.name() + "] expected parts to be tracked before the layer is built; " + "received \""
                            + name + "\" after it.");
        }
        trackedByHand.put(name, part);
    }

    // Parts.

    private Collection<Object> parts() {
        Set<Object> parts = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Object> ordered = new ArrayList<>();
        java.util.function.Consumer<Object> add = part -> {
            if (parts.add(part)) {
                ordered.add(part);
            }
        };
        added.forEach(add);
        FieldScan.visit(
                layer,
                value -> value instanceof Layer || value instanceof Variable || value instanceof SeedGenerator,
                (name, part) -> add.accept(part));
        trackedByHand.values().forEach(add);
        return ordered;
    }

    /** The direct parts that are layers, with the fields that hold them or the names they are tracked by. */
    void visitLayers(BiConsumer<String, Layer> visitor) {
        FieldScan.visit(
                layer,
                value -> value instanceof Layer || value instanceof Variable || value instanceof SeedGenerator,
                (name, part) -> {
                    if (part instanceof Layer inner) {
                        visitor.accept(name, inner);
                    }
                });
        trackedByHand.forEach(visitor);
    }

    List<Layer> sublayers() {
        return parts().stream()
                .filter(Layer.class::isInstance)
                .map(Layer.class::cast)
                .toList();
    }

    List<Variable> ownVariables() {
        return parts().stream()
                .filter(Variable.class::isInstance)
                .map(Variable.class::cast)
                .toList();
    }

    /** Each layer once: this one, then its parts, depth first. */
    List<Layer> flatten() {
        Set<Layer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Layer> all = new ArrayList<>();
        flatten(layer, seen, all);
        return all;
    }

    private static void flatten(Layer layer, Set<Layer> seen, List<Layer> all) {
        if (seen.add(layer)) {
            all.add(layer);
            layer.sublayers().forEach(part -> flatten(part, seen, all));
        }
    }

    List<Variable> weights() {
        Set<Variable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Variable> weights = new ArrayList<>();
        for (Layer part : flatten()) {
            List<Variable> own = part.state().ownVariables();
            own.stream().filter(Variable::trainable).filter(seen::add).forEach(weights::add);
            own.stream()
                    .filter(variable -> !variable.trainable())
                    .filter(seen::add)
                    .forEach(weights::add);
        }
        return weights;
    }

    List<Variable> trainableWeights() {
        Set<Variable> found = Collections.newSetFromMap(new IdentityHashMap<>());
        collectTrainable(layer, found, Collections.newSetFromMap(new IdentityHashMap<>()));
        return weights().stream().filter(found::contains).toList();
    }

    private static void collectTrainable(Layer layer, Set<Variable> found, Set<Layer> seen) {
        if (layer.trainable() && seen.add(layer)) {
            layer.state().ownVariables().stream().filter(Variable::trainable).forEach(found::add);
            layer.sublayers().forEach(part -> collectTrainable(part, found, seen));
        }
    }

    List<Variable> variables() {
        List<Variable> variables = new ArrayList<>(weights());
        for (Layer part : flatten()) {
            for (Object object : part.state().parts()) {
                if (object instanceof SeedGenerator generator && !variables.contains(generator.state())) {
                    variables.add(generator.state());
                }
            }
        }
        return variables;
    }

    // Losses.

    void addLoss(Tensor loss) {
        if (loss.shape().rank() != 0) {
            throw new ShapeException("[" + path + "] expected a scalar for addLoss; received " + loss.spec()
                    + ". Reduce it first, for instance with Ops.mean.");
        }
        LayerCall.losses().ifPresentOrElse(call -> call.add(layer, loss), () -> addToLast(loss));
    }

    private synchronized void addToLast(Tensor loss) {
        List<Tensor> more = new ArrayList<>(lastLosses);
        more.add(loss);
        lastLosses = List.copyOf(more);
    }

    /** What was given to addLoss in the last call that is over. */
    List<Tensor> lastLosses() {
        return lastLosses;
    }

    void setLastLosses(List<Tensor> losses) {
        lastLosses = List.copyOf(losses);
    }

    /** What was given to addLoss in the present call so far, or in the last one. */
    private List<Tensor> ownLosses() {
        return LayerCall.losses().map(call -> call.own(layer)).orElse(lastLosses);
    }

    List<Tensor> losses() {
        List<Tensor> losses = new ArrayList<>();
        List<Layer> all = flatten();
        all.forEach(part -> losses.addAll(part.state().ownLosses()));
        List<Variable> trainableWeights = trainableWeights();
        for (Layer part : all) {
            for (Variable variable : part.state().added) {
                Regularizer regularizer = part.state().regularizers.get(variable);
                if (regularizer != null && trainableWeights.contains(variable)) {
                    losses.add(regularizer.apply(variable));
                }
            }
        }
        return losses;
    }

    // Properties.

    String path() {
        return path;
    }

    boolean trainable() {
        return trainable;
    }

    void setTrainable(boolean newTrainable) {
        trainable = newTrainable;
    }

    List<Shape> outputShapes() {
        return outputShapes;
    }

    /** Whether the layer has not warned of a mask yet; it has from then on. */
    boolean isFirstMask() {
        return warnedOfMask.compareAndSet(false, true);
    }

    List<TensorSpec> builtFor() {
        return builtFor;
    }

    private static Shape batchUnknown(Shape shape) {
        return shape.rank() > 0 ? shape.withSize(0, Shape.UNKNOWN) : shape;
    }

    void recordOutputs(List<Tensor> outputs) {
        boolean symbolic = Execution.isSymbolic();
        if (symbolic || outputShapes.isEmpty()) {
            outputShapes = outputs.stream()
                    .map(Tensor::shape)
                    .map(LayerState::batchUnknown)
                    .toList();
        }
    }

    void close() {
        for (Layer part : flatten()) {
            for (Object object : part.state().parts()) {
                switch (object) {
                    case Variable variable -> variable.close();
                    case SeedGenerator generator -> generator.state().close();
                    default -> {}
                }
            }
        }
    }
}
