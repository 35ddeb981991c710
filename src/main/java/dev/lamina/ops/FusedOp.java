package dev.lamina.ops;

import dev.lamina.errors.ShapeException;
import dev.lamina.ops.FusedOp.Elementwise.Instruction;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Several ops as one, put together by the passes over a traced step for a backend that runs them in one go. What such
 * an op means is its definition in simpler ops; a backend gives the same, up to the tolerance of the op catalogue.
 */
public sealed interface FusedOp extends Op
        permits FusedOp.Linear,
                FusedOp.LinearBackward,
                FusedOp.GatedProduct,
                FusedOp.Casts,
                FusedOp.Convolution,
                PooledConvolution,
                PooledConvolutionBackward,
                ResidualNorm,
                ResidualNorm.Backward,
                FusedOp.Elementwise,
                FusedOp.Sequence {
    /** These ops are made after differentiation. */
    @Override
    default void vjp(Vjp vjp) {
        throw Vjp.none(this);
    }

    /** What the product of the first two inputs gives; the third is a bias of one number for each of its last axis. */
    private static List<TensorSpec> biased(FusedOp op, Op product, List<TensorSpec> inputs) {
        Check.count(op, inputs, 3);
        TensorSpec y = product.infer(inputs.subList(0, 2)).get(0);
        Check.sameDType(op, y, inputs.get(2));
        Check.compatible(op, new TensorSpec(Shape.of(y.shape().size(-1)), y.dtype()), inputs.get(2));
        return List.of(y);
    }

    /**
     * {@code activation(a x b + bias)}: a matrix product with one matrix on the right. Inputs {@code (a, b, bias)}, the
     * bias of one number a column.
     */
    record Linear(boolean transposeA, boolean transposeB, Optional<UnaryOp> activation) implements FusedOp {
        @Override
        public String opName() {
            return "linear";
        }

        /** The product alone. */
        public MatrixOp.Matmul product() {
            return new MatrixOp.Matmul(transposeA, transposeB);
        }

        /** What follows the product {@code y}: inputs {@code (y, bias)}. */
        public Elementwise epilogue(TensorSpec y) {
            List<DType> types = List.of(y.dtype(), y.dtype());
            List<Instruction> instructions = new ArrayList<>(List.of(new Instruction(BinaryOp.ADD, List.of(0, 1))));
            activation.ifPresent(last -> instructions.add(new Instruction(last, List.of(2))));
            return new Elementwise(y.shape(), types, List.of(), instructions, List.of(1 + instructions.size()));
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return biased(this, product(), inputs);
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            Tensor y = ops.add(ops.apply(product(), inputs.get(0), inputs.get(1)), inputs.get(2));
            return Optional.of(List.of(activation.isPresent() ? ops.apply(activation.get(), y) : y));
        }
    }

    /**
     * The gradients of a linear layer's kernel and bias: {@code dkernel = transpose(x) dy} and {@code dbias}, the sum
     * of the rows of {@code dy}. Inputs {@code (x, dy)} of the same number of rows, outputs {@code (dkernel, dbias)}.
     */
    record LinearBackward() implements FusedOp {
        @Override
        public String opName() {
            return "linear_backward";
        }

        /** The gradient of the kernel alone. */
        public MatrixOp.Matmul product() {
            return new MatrixOp.Matmul(true, false);
        }

        /** The gradient of the bias alone, of {@code dy}. */
        public ReductionOp.Reduce sum() {
            return ReductionOp.Reduce.of(ReductionOp.Kind.SUM, false, 0);
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 2);
            List<TensorSpec> kernel = product().infer(inputs);
            TensorSpec dy = inputs.get(1);
            if (inputs.get(0).shape().rank() != 2 || dy.shape().rank() != 2) {
                throw new ShapeException("[linear_backward] expected matrices; received "
                        + inputs.get(0).shape() + " and " + dy.shape() + ".");
            }
            return List.of(kernel.get(0), sum().infer(List.of(dy)).get(0));
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            Tensor dy = inputs.get(1);
            return Optional.of(List.of(ops.apply(product(), inputs.get(0), dy), ops.apply(sum(), dy)));
        }
    }

    /**
     * The gradient of relu after that of a linear layer: {@code saved > 0 ? a x b : 0}. Inputs {@code (a, b, saved)},
     * the last one relu's output, of the product's shape.
     */
    record GatedProduct(boolean transposeA, boolean transposeB) implements FusedOp {
        @Override
        public String opName() {
            return "gated_product";
        }

        /** The product alone. */
        public MatrixOp.Matmul product() {
            return new MatrixOp.Matmul(transposeA, transposeB);
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, 3);
            TensorSpec y = product().infer(inputs.subList(0, 2)).get(0);
            Check.sameDType(this, y, inputs.get(2));
            Check.compatible(this, y, inputs.get(2));
            return List.of(y);
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            Tensor y = ops.apply(product(), inputs.get(0), inputs.get(1));
            return Optional.of(List.of(ops.apply(UnaryBackwardOp.RELU_BACKWARD, inputs.get(2), y)));
        }
    }

    /** Several tensors, each cast to one type: as many outputs as inputs. */
    record Casts(DType dtype) implements FusedOp {
        @Override
        public String opName() {
            return "casts";
        }

        private ElementwiseOp.Cast one() {
            return new ElementwiseOp.Cast(dtype);
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return inputs.stream()
                    .map(input -> new TensorSpec(input.shape(), dtype))
                    .toList();
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            return Optional.of(
                    inputs.stream().map(input -> ops.apply(one(), input)).toList());
        }
    }

    /** {@code conv(x, kernel) + bias}. Inputs {@code (x, kernel, bias)}, the bias of one number a filter. */
    record Convolution(Window window, int groups) implements FusedOp {
        @Override
        public String opName() {
            return "biased_conv";
        }

        /** The convolution alone. */
        public ConvolutionOp.Conv product() {
            return new ConvolutionOp.Conv(window, groups);
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return biased(this, product(), inputs);
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            return Optional.of(List.of(ops.add(ops.apply(product(), inputs.get(0), inputs.get(1)), inputs.get(2))));
        }
    }

    /**
     * A chain of elementwise ops, all of one shape. Values are numbered: the inputs, the constants, what is drawn, then
     * what each instruction gives.
     *
     * @param shape of all outputs; inputs are broadcast to it, but for the states of generators
     * @param inputTypes the inputs' element types
     */
    record Elementwise(
            Shape shape,
            List<DType> inputTypes,
            List<Constant> constants,
            List<Draw> draws,
            List<Instruction> instructions,
            List<Integer> outputs)
            implements FusedOp {

        /** A number that stands for a tensor filled with it. */
        public record Constant(double value, DType dtype) {}

        /**
         * The numbers that {@link RandomOp.Uniform} draws for the chain's shape.
         *
         * @param state the number of the input that is the generator's state
         */
        public record Draw(int state, DType dtype) {}

        /** An op on numbered values. */
        public record Instruction(ElementwiseOp op, List<Integer> arguments) {
            public Instruction {
                arguments = List.copyOf(arguments);
            }
        }

        public Elementwise {
            inputTypes = List.copyOf(inputTypes);
            constants = List.copyOf(constants);
            draws = List.copyOf(draws);
            instructions = List.copyOf(instructions);
            outputs = List.copyOf(outputs);
        }

        /** A chain that draws nothing. */
        public Elementwise(
                Shape shape,
                List<DType> inputTypes,
                List<Constant> constants,
                List<Instruction> instructions,
                List<Integer> outputs) {
            this(shape, inputTypes, constants, List.of(), instructions, outputs);
        }

        @Override
        public String opName() {
            return "fused_elementwise";
        }

        /** The number of the first instruction's value. */
        public int firstComputed() {
            return inputTypes.size() + constants.size() + draws.size();
        }

        /** Whether an input is the state of a generator, which is not an argument of instructions. */
        public boolean isState(int input) {
            return draws.stream().anyMatch(draw -> draw.state() == input);
        }

        private RandomOp.Uniform uniform(Draw draw) {
            return new RandomOp.Uniform(shape, draw.dtype());
        }

        /** The element type of each numbered value. */
        public List<DType> valueTypes() {
            List<DType> types = new ArrayList<>(inputTypes);
            constants.forEach(constant -> types.add(constant.dtype()));
            draws.forEach(draw -> types.add(draw.dtype()));
            for (Instruction instruction : instructions) {
                List<TensorSpec> arguments = instruction.arguments().stream()
                        .map(argument -> new TensorSpec(shape, types.get(argument)))
                        .toList();
                types.add(instruction.op().infer(arguments).get(0).dtype());
            }
            return types;
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            Check.count(this, inputs, inputTypes.size());
            List<DType> types = valueTypes();
            for (int i = 0; i < inputs.size(); i++) {
                TensorSpec expected = new TensorSpec(shape, inputTypes.get(i));
                Check.sameDType(this, expected, inputs.get(i));
                if (!isState(i)) {
                    Shape.broadcast(opName(), shape, inputs.get(i).shape());
                }
            }
            draws.forEach(draw -> uniform(draw).infer(List.of(inputs.get(draw.state()))));
            return outputs.stream()
                    .map(output -> new TensorSpec(shape, types.get(output)))
                    .toList();
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> inputs) {
            ShapeOp.BroadcastTo full = new ShapeOp.BroadcastTo(shape);
            List<Tensor> values = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                Tensor input = inputs.get(i);
                // Not every elementwise op broadcasts by itself.
                values.add(input.shape().equals(shape) || isState(i) ? input : ops.apply(full, input));
            }
            for (Constant constant : constants) {
                values.add(ops.apply(new SourceOp.Fill(shape, constant.dtype(), constant.value())));
            }
            for (Draw draw : draws) {
                values.add(ops.apply(uniform(draw), inputs.get(draw.state())));
            }
            for (Instruction instruction : instructions) {
                Tensor[] arguments =
                        instruction.arguments().stream().map(values::get).toArray(Tensor[]::new);
                values.add(ops.apply(instruction.op(), arguments));
            }
            return Optional.of(outputs.stream().map(values::get).toList());
        }

        @Override
        public String toString() {
            return FusedText.of(this);
        }
    }

    /**
     * Ops one after the other, such as a cross-entropy with its gradient, or a metric's update. Values are numbered:
     * the inputs, then all that each step gives.
     */
    record Sequence(List<TensorSpec> inputs, List<Step> steps, List<Integer> outputs) implements FusedOp {

        /** An op on numbered values. */
        public record Step(Op op, List<Integer> arguments) {
            public Step {
                arguments = List.copyOf(arguments);
            }
        }

        public Sequence {
            inputs = List.copyOf(inputs);
            steps = List.copyOf(steps);
            outputs = List.copyOf(outputs);
        }

        @Override
        public String opName() {
            return "fused_sequence";
        }

        /** The specs of each numbered value. */
        public List<TensorSpec> values() {
            List<TensorSpec> values = new ArrayList<>(inputs);
            for (Step one : steps) {
                values.addAll(
                        one.op().infer(one.arguments().stream().map(values::get).toList()));
            }
            return values;
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> given) {
            Check.count(this, given, inputs.size());
            for (int i = 0; i < given.size(); i++) {
                Check.sameDType(this, inputs.get(i), given.get(i));
                Check.compatible(this, inputs.get(i), given.get(i));
            }
            List<TensorSpec> values = values();
            return outputs.stream().map(values::get).toList();
        }

        @Override
        public Optional<List<Tensor>> define(OpSink ops, List<Tensor> given) {
            List<Tensor> values = new ArrayList<>(given);
            for (Step one : steps) {
                Tensor[] arguments = one.arguments().stream().map(values::get).toArray(Tensor[]::new);
                values.addAll(ops.applyAll(one.op(), arguments));
            }
            return Optional.of(outputs.stream().map(values::get).toList());
        }

        @Override
        public String toString() {
            return FusedText.of(this);
        }
    }
}
