package dev.lamina.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DTypeException;
import dev.lamina.errors.ShapeException;
import dev.lamina.ops.CustomOp;
import dev.lamina.ops.Vjp;
import dev.lamina.runtime.Ops;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.Tensor;
import dev.lamina.tensor.TensorSpec;
import dev.lamina.tensor.Variable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** GradientCheck accepts right gradients and names wrong ones. */
class GradientCheckTest {
    private Layer layer = new Dense(1);

    @AfterEach
    void close() {
        layer.close();
    }

    private GradientCheck.Result run(Layer checked, boolean training, Shape... shapes) {
        layer = checked;
        return GradientCheck.of(checked)
                .inputShape(shapes)
                .seed(3)
                .training(training)
                .run();
    }

    private static List<String> names(GradientCheck.Result result) {
        return result.entries().stream().map(GradientCheck.Entry::name).toList();
    }

    @Test
    void acceptsDense() {
        Dense dense =
                Dense.of(4).activation("gelu").dtype("float64").name("dense").build();
        GradientCheck.Result result = run(dense, false, Shape.of(3, 5));
        assertThat(names(result)).containsExactly("input 0", "dense/kernel", "dense/bias");
        assertThat(result.entries())
                .allSatisfy(entry -> assertThat(entry.gradient()).isNotZero());
        assertThat(result.largestError()).isLessThan(1e-8);
        result.check();
    }

    @Test
    void acceptsConvolution() {
        Conv2D convolution =
                Conv2D.of(3, 3, 2).activation("tanh").dtype("float64").build();
        GradientCheck.Result result = run(convolution, false, Shape.of(2, 6, 5, 2));
        assertThat(result.entries()).hasSize(3);
        result.check();
    }

    @Test
    void acceptsBatchNormalizationInTrainingAndLeavesItsStateAlone() {
        BatchNormalization norm = BatchNormalization.of().dtype("float64").build();
        norm.buildFor(Shape.of(8, 3));
        List<double[]> before =
                norm.weightValues().stream().map(HostArray::toDoubleArray).toList();
        GradientCheck.Result result = run(norm, true, Shape.of(8, 3));
        result.check();
        List<double[]> after =
                norm.weightValues().stream().map(HostArray::toDoubleArray).toList();
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i)).as(norm.weights().get(i).name()).isEqualTo(before.get(i));
        }
    }

    @Test
    void dropsTheSameElementsEachTime() {
        Dropout dropout = new Dropout(0.5, OptionalLong.of(1), LayerOptions.DEFAULT.withDType(DTypePolicy.FLOAT64));
        GradientCheck.Result result = run(dropout, true, Shape.of(20, 10));
        result.check();
        assertThat(result.entries().get(0).gradient()).isNotZero();
    }

    /** {@code factor * x} whose gradient rule says {@code claimed * dy}. */
    private record Scale(double factor, double claimed) implements CustomOp {
        @Override
        public String opName() {
            return "scale";
        }

        @Override
        public List<TensorSpec> infer(List<TensorSpec> inputs) {
            return inputs;
        }

        @Override
        public void vjp(Vjp vjp) {
            if (vjp.needs(0)) {
                vjp.gradient(0, vjp.scale(vjp.dy(), claimed));
            }
        }

        @Override
        public void computeOnHost(
                List<TensorSpec> inputSpecs, List<MemorySegment> inputs, List<MemorySegment> outputs) {
            for (long i = 0; i < inputSpecs.get(0).shape().elements(); i++) {
                outputs.get(0)
                        .setAtIndex(
                                ValueLayout.JAVA_DOUBLE,
                                i,
                                factor * inputs.get(0).getAtIndex(ValueLayout.JAVA_DOUBLE, i));
            }
        }
    }

    /** {@code x * scale(weight)}. */
    private static final class Scaled extends Layer {
        private final transient Scale scale;
        private Variable weight;

        Scaled(Scale scale) {
            super(LayerOptions.named("scaled").withDType(DTypePolicy.FLOAT64));
            this.scale = scale;
        }

        @Override
        protected void build(Shape inputShape) {
            weight = addWeight("weight", Shape.of(inputShape.size(-1)), "ones");
        }

        @Override
        protected Tensor call(Tensor input) {
            return Ops.multiply(input, Ops.apply(scale, weight));
        }
    }

    @Test
    void catchesAWrongRuleAndNamesTheWeight() {
        run(new Scaled(new Scale(2, 2)), false, Shape.of(3, 4)).check();
        GradientCheck.Result wrong = run(new Scaled(new Scale(2, 2.0001)), false, Shape.of(3, 4));
        GradientCheck.Entry weight = wrong.entries().get(1);
        assertThat(wrong.entries().get(0).error())
                .as("of the input, whose rule is right")
                .isLessThan(1e-8);
        assertThat(weight.gradient() / weight.difference())
                .isEqualTo(1.00005, org.assertj.core.data.Offset.offset(1e-7));
        assertThat(wrong.largestError()).isGreaterThan(1e-6).isEqualTo(weight.error());
        assertThatThrownBy(wrong::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[scaled] expected the gradient of scaled/weight along a random direction to be "
                        + weight.difference() + ", by finite differences; received " + weight.gradient()
                        + ", a relative error of " + weight.error()
                        + " where 1.0E-6 is allowed (seed 3). Check the gradient "
                        + "rules of the ops that it goes through.");
    }

    @Test
    void aWiderToleranceIsTheUsersChoice() {
        layer = new Scaled(new Scale(2, 2.0001));
        GradientCheck check = GradientCheck.of(layer).inputShape(Shape.of(3, 4)).seed(3);
        check.tolerance(1e-3).run().check();
        assertThatThrownBy(() -> check.tolerance(1e-7).run().check()).hasMessageContaining("where 1.0E-7 is allowed");
    }

    @Test
    void catchesAGradientThatIsLost() {
        GradientCheck.Result lost = run(new Scaled(new Scale(2, 0)), false, Shape.of(3, 4));
        assertThat(lost.entries().get(1).error()).isEqualTo(1);
        assertThatThrownBy(lost::check).hasMessageContaining("received 0.0, a relative error of 1.0");
    }

    @Test
    void wantsFloat64() {
        layer = Dense.of(2).name("small").build();
        GradientCheck check = GradientCheck.of(layer).inputShape(Shape.of(3, 4));
        assertThatThrownBy(check::run)
                .isInstanceOf(DTypeException.class)
                .hasMessage("[small] expected a layer of dtype float64 for a gradient check, since differences lose "
                        + "half of "
                        + "the digits; received small of float32. Make the layer with dtype(\"float64\").");
    }

    @Test
    void wantsKnownShapes() {
        layer = Dense.of(2).name("small").dtype("float64").build();
        GradientCheck check = GradientCheck.of(layer).inputShape(Shape.of(Shape.UNKNOWN, 4));
        assertThatThrownBy(check::run)
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "[small] expected input shapes without unknown axes for a gradient check; received (None, 4). "
                                + "Give the batch axis a size.");
    }
}
