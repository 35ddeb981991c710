package dev.lamina.models;

import dev.lamina.config.Config;
import dev.lamina.ops.BinaryOp;
import dev.lamina.ops.Op;
import dev.lamina.ops.UnaryOp;
import dev.lamina.runtime.OpNode;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The ops outside of layers that Keras's files of graphs know, by Keras's name: the functions of elements. */
final class GraphOps {
    private record Entry(String module, Op op) {}

    private static final String NUMPY = "keras.src.ops.numpy";
    private static final String NN = "keras.src.ops.nn";
    private static final String MATH = "keras.src.ops.math";

    /** Written by Masking while Keras builds a graph: whether any element along an axis is true. */
    private static final String ANY = "Any";

    private static final Map<String, Entry> ENTRIES = new LinkedHashMap<>();

    static {
        ENTRIES.put("Add", new Entry(NUMPY, BinaryOp.ADD));
        ENTRIES.put("Subtract", new Entry(NUMPY, BinaryOp.SUBTRACT));
        ENTRIES.put("Multiply", new Entry(NUMPY, BinaryOp.MULTIPLY));
        ENTRIES.put("Divide", new Entry(NUMPY, BinaryOp.DIVIDE));
        ENTRIES.put("TrueDivide", new Entry(NUMPY, BinaryOp.DIVIDE));
        ENTRIES.put("FloorDivide", new Entry(NUMPY, BinaryOp.FLOOR_DIVIDE));
        ENTRIES.put("Mod", new Entry(NUMPY, BinaryOp.MOD));
        ENTRIES.put("Power", new Entry(NUMPY, BinaryOp.POWER));
        ENTRIES.put("Maximum", new Entry(NUMPY, BinaryOp.MAXIMUM));
        ENTRIES.put("Minimum", new Entry(NUMPY, BinaryOp.MINIMUM));
        ENTRIES.put("Equal", new Entry(NUMPY, BinaryOp.EQUAL));
        ENTRIES.put("NotEqual", new Entry(NUMPY, BinaryOp.NOT_EQUAL));
        ENTRIES.put("Less", new Entry(NUMPY, BinaryOp.LESS));
        ENTRIES.put("LessEqual", new Entry(NUMPY, BinaryOp.LESS_EQUAL));
        ENTRIES.put("Greater", new Entry(NUMPY, BinaryOp.GREATER));
        ENTRIES.put("GreaterEqual", new Entry(NUMPY, BinaryOp.GREATER_EQUAL));
        ENTRIES.put("LogicalAnd", new Entry(NUMPY, BinaryOp.LOGICAL_AND));
        ENTRIES.put("LogicalOr", new Entry(NUMPY, BinaryOp.LOGICAL_OR));
        ENTRIES.put("Negative", new Entry(NUMPY, UnaryOp.NEGATE));
        ENTRIES.put("Absolute", new Entry(NUMPY, UnaryOp.ABS));
        ENTRIES.put("Sign", new Entry(NUMPY, UnaryOp.SIGN));
        ENTRIES.put("Square", new Entry(NUMPY, UnaryOp.SQUARE));
        ENTRIES.put("Reciprocal", new Entry(NUMPY, UnaryOp.RECIPROCAL));
        ENTRIES.put("Sqrt", new Entry(NUMPY, UnaryOp.SQRT));
        ENTRIES.put("Exp", new Entry(NUMPY, UnaryOp.EXP));
        ENTRIES.put("Expm1", new Entry(NUMPY, UnaryOp.EXPM1));
        ENTRIES.put("Log", new Entry(NUMPY, UnaryOp.LOG));
        ENTRIES.put("Log1p", new Entry(NUMPY, UnaryOp.LOG1P));
        ENTRIES.put("Sin", new Entry(NUMPY, UnaryOp.SIN));
        ENTRIES.put("Cos", new Entry(NUMPY, UnaryOp.COS));
        ENTRIES.put("Tanh", new Entry(NUMPY, UnaryOp.TANH));
        ENTRIES.put("Sigmoid", new Entry(NN, UnaryOp.SIGMOID));
        ENTRIES.put("Relu", new Entry(NN, UnaryOp.RELU));
        ENTRIES.put("Rsqrt", new Entry(MATH, UnaryOp.RSQRT));
        ENTRIES.put("Erf", new Entry(MATH, UnaryOp.ERF));
    }

    private GraphOps() {}

    /** Whether an entry of a config's layers is an op; Keras has layers of the same names. */
    static boolean isOp(Map<String, ?> entry) {
        return entry.get("module") instanceof String module && module.startsWith("keras.src.ops.");
    }

    /** Keras's name of an op; none for one that files of graphs don't know. */
    static Optional<String> nameOf(OpNode node) {
        return ENTRIES.entrySet().stream()
                .filter(entry -> entry.getValue().op().equals(node.op()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The op as Keras writes it, without its calls. */
    static Map<String, Object> toConfig(String className, String name) {
        Entry entry = ENTRIES.get(className);
        return Config.entries(
                "module",
                entry == null ? Optional.empty() : entry.module(),
                "class_name",
                className,
                "config",
                Map.of("name", name),
                "registered_name",
                className);
    }

    /**
     * Applies an op of that name.
     *
     * @param arguments tensors and numbers, which become constants of the tensors' type
     */
    static Tensor apply(String className, Config config, List<?> arguments) {
        DType dtype = arguments.stream()
                .filter(Tensor.class::isInstance)
                .map(argument -> ((Tensor) argument).dtype())
                .findFirst()
                .orElseThrow(() -> config.wrong("inbound_nodes", "tensors to call " + className + " on"));
        Tensor[] inputs = arguments.stream()
                .map(argument -> argument instanceof Number number
                        ? Ops.constant(number.doubleValue(), dtype)
                        : (Tensor) argument)
                .toArray(Tensor[]::new);
        config.get("name");
        if (className.equals(ANY) && inputs.length == 1) {
            int axis = config.integer("axis");
            Tensor any = Ops.cast(Ops.max(Ops.cast(inputs[0], DType.FLOAT32), axis), DType.BOOL);
            Tensor result = config.flag("keepdims", false) ? Ops.expandDims(any, axis) : any;
            config.finish();
            return result;
        }
        Entry entry = ENTRIES.get(className);
        if (entry == null) {
            throw config.wrong("class_name", "an op that Lamina knows in a graph, one of " + ENTRIES.keySet());
        }
        config.finish();
        return Ops.apply(entry.op(), inputs);
    }
}
