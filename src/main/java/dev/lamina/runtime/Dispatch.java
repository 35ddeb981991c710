package dev.lamina.runtime;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.backend.PlanExecutor;
import dev.lamina.errors.TracedValueException;
import dev.lamina.graph.TracedTensor;
import dev.lamina.graph.Tracer;
import dev.lamina.ops.Op;
import dev.lamina.ops.OpSink;
import dev.lamina.ops.ShapeOp;
import dev.lamina.tensor.ConcreteTensor;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Storage;
import dev.lamina.tensor.SymbolicTensor;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * The one place every op goes through: checks it, then infers it (symbolic), records it (tracing) or runs it (eager);
 * and shows it to the open tapes. Only here are results allocated.
 */
final class Dispatch implements OpSink {
    static final Dispatch INSTANCE = new Dispatch();

    private Dispatch() {}

    @Override
    public List<Tensor> applyAll(Op op, Tensor... arguments) {
        Ambient ambient = Ambient.current();
        Tensor[] inputs = ambient.autocast == null ? arguments : Autocast.read(ambient.autocast, op, arguments);
        List<TensorSpec> specs = new ArrayList<>(inputs.length);
        boolean symbolic = ambient.symbolic;
        for (Tensor input : inputs) {
            specs.add(input.spec());
            symbolic |= input instanceof SymbolicTensor;
        }
        List<TensorSpec> outputs = op.infer(specs);
        String label = ambient.path + op.opName();
        if (symbolic) {
            List<Tensor> results = outputs.stream()
                    .<Tensor>map(spec -> new SymbolicTensor(label, spec))
                    .toList();
            return OpNode.record(op, inputs, results);
        }
        boolean taped = !ambient.tapes.isEmpty();
        Tracer tracer = ambient.tracer;
        Tensor[] resolved = tracer == null ? inputs : readVariables(tracer, inputs);
        if (tracer == null && taped) {
            resolved = pinVariables(ambient, inputs);
        }
        List<Tensor> results = tracer != null
                ? tracer.call(op, label, resolved, outputs)
                : shares(op, inputs) ? view(label, inputs, outputs) : run(op, label, resolved, specs, outputs);
        if (taped) {
            for (GradientTape tape : ambient.tapes) {
                tape.record(op, inputs, resolved, results);
            }
        }
        return results;
    }

    private static Tensor[] readVariables(Tracer tracer, Tensor[] inputs) {
        Tensor[] resolved = inputs.clone();
        for (int i = 0; i < resolved.length; i++) {
            if (resolved[i] instanceof Variable variable) {
                resolved[i] = tracer.read(variable);
            }
        }
        return resolved;
    }

    /**
     * Tapes keep inputs for later, so a variable's present value is pinned, for as long as the outermost tape is open.
     */
    private static Tensor[] pinVariables(Ambient ambient, Tensor[] inputs) {
        Tensor[] resolved = inputs.clone();
        for (int i = 0; i < resolved.length; i++) {
            if (resolved[i] instanceof Variable variable) {
                resolved[i] = ambient.tapes.getFirst().pin(variable);
            }
        }
        return resolved;
    }

    /**
     * Whether the result is the input's memory seen in another shape. Not for a variable, nor for a tape's reader of
     * one: its values change under the view.
     */
    private static boolean shares(Op op, Tensor[] inputs) {
        return op instanceof ShapeOp.Reshape && inputs[0] instanceof ConcreteTensor;
    }

    private static List<Tensor> view(String label, Tensor[] inputs, List<TensorSpec> outputs) {
        ConcreteTensor x = (ConcreteTensor) inputs[0];
        return List.of(own(new ConcreteTensor(label, outputs.get(0), x.storage().retain(), x.offset())));
    }

    private static List<Tensor> run(
            Op op, String label, Tensor[] inputs, List<TensorSpec> specs, List<TensorSpec> outputs) {
        Backend backend = Backends.current();
        Operand[] sources = new Operand[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            sources[i] = operand(op.opName(), inputs[i]);
        }
        List<Tensor> results = new ArrayList<>(outputs.size());
        Operand[] targets = new Operand[outputs.size()];
        for (int i = 0; i < targets.length; i++) {
            ConcreteTensor result = allocate(label, outputs.get(i));
            targets[i] = result.operand();
            results.add(result);
        }
        long workspace = backend.workspaceBytes(op, specs);
        TensorSpec scratch = PlanExecutor.scratch(workspace);
        Storage memory = workspace == 0
                ? ((ConcreteTensor) results.get(0)).storage().retain()
                : Memory.allocate("workspace of " + label, scratch);
        try {
            backend.run(op, sources, targets, new Operand(memory.buffer(), 0, scratch));
        } finally {
            memory.release();
            // The collector must not find an input unreachable, and so free it, while the op reads it.
            Reference.reachabilityFence(inputs);
        }
        return results;
    }

    /** Where a tensor's values lie; one without values is an error. */
    static Operand operand(String where, Tensor tensor) {
        return switch (tensor) {
            case ConcreteTensor concrete -> concrete.operand();
            case Variable variable -> variable.operand();
            case TracedTensor traced ->
                throw new TracedValueException("[" + where
                        + "] expected tensors with values; received the traced tensor \"" + traced.name() + "\" "
                        + traced.spec()
                        + " outside of the step it belongs to. Keep values between steps in a Variable.");
            case Tensor other ->
                throw new IllegalStateException("[" + where + "] unknown kind of tensor " + other.getClass());
        };
    }

    /** A new tensor of undefined content, owned by the innermost scope. */
    static ConcreteTensor allocate(String name, TensorSpec spec) {
        return own(new ConcreteTensor(name, spec, Memory.allocate(name, spec), 0));
    }

    private static ConcreteTensor own(ConcreteTensor tensor) {
        Scope scope = Ambient.current().scopes.peek();
        if (scope != null) {
            scope.own(tensor);
        } else {
            Memory.disown(tensor);
        }
        return tensor;
    }

    /** Host values on the current backend. */
    static ConcreteTensor upload(String name, HostArray array) {
        if (Ambient.current().planning) {
            return new ConcreteTensor(
                    name,
                    array.spec(),
                    new Storage(new Planning.Nowhere(array.spec().bytes())),
                    0);
        }
        ConcreteTensor tensor = allocate(name, array.spec());
        if (array.elements() > 0) {
            tensor.storage().buffer().upload(0, array.data());
        }
        return tensor;
    }

    /** How variables of this runtime are assigned. */
    static final Variable.Assigner ASSIGNER = new Variable.Assigner() {
        @Override
        public void assign(Variable target, Tensor value) {
            Ambient ambient = Ambient.current();
            if (ambient.symbolic || !ambient.assignments || value instanceof SymbolicTensor) {
                return;
            }
            if (ambient.tracer != null) {
                ambient.tracer.assign(target, value);
                return;
            }
            try {
                Operand source = operand(target.name(), value);
                keepReader(target);
                Backends.current().copy(source, target.operand());
            } finally {
                Reference.reachabilityFence(value);
            }
        }

        @Override
        public void assign(Variable target, HostArray value) {
            Ambient ambient = Ambient.current();
            if (ambient.symbolic || !ambient.assignments) {
                return;
            }
            if (ambient.tracer != null) {
                ambient.tracer.assign(target, upload(target.name(), value));
                return;
            }
            if (target.begin(() -> Variables.allocate(target.name(), target.spec(), value))) {
                return;
            }
            Operand operand = target.operand();
            keepReader(target);
            if (value.elements() > 0) {
                operand.buffer().upload(operand.offset(), value.data());
            }
        }

        @Override
        public void assignAdd(Variable target, Tensor value) {
            target.assign(Autocast.off(() -> Ops.add(target, Autocast.fit(target, value))));
        }

        @Override
        public Tensor fit(Variable target, Tensor value) {
            return Ambient.current().autocast == null ? value : Autocast.fit(target, value);
        }

        private void keepReader(Variable target) {
            if (target.hasReader()) {
                Storage copy = Memory.allocate(target.name(), target.spec());
                Backends.current().copy(target.operand(), new Operand(copy.buffer(), 0, target.spec()));
                target.moveReaderTo(copy);
            }
        }
    };
}
