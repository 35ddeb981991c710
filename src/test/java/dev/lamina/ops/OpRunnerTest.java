package dev.lamina.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.backend.Backend;
import dev.lamina.backend.Backends;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Operand;
import dev.lamina.tensor.Shape;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/**
 * The conformance suite sees what it is meant to see: each fault is planted by a backend that misbehaves after an op.
 */
class OpRunnerTest {
    private static final HostArray ONE_BYTE = HostArray.of(new byte[] {1});
    private static final List<HostArray> INPUTS = List.of(HostArray.of(new float[] {1, 2, 3}));

    /** The current backend, which does something more after each op. */
    private static Backend misbehaving(BiConsumer<Operand[], Operand[]> fault) {
        Backend real = Backends.current();
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(real, arguments);
                        if (method.getName().equals("run")) {
                            fault.accept((Operand[]) arguments[1], (Operand[]) arguments[2]);
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static List<HostArray> run(BiConsumer<Operand[], Operand[]> fault) {
        return new OpRunner(misbehaving(fault), (byte) 0xFF).run(UnaryOp.SQUARE, INPUTS);
    }

    private static void write(Operand operand, long at) {
        operand.buffer().upload(operand.offset() + at, ONE_BYTE.data());
    }

    @Test
    void givesTheResultOfAnOpThatBehaves() {
        assertThat(run((inputs, outputs) -> {}).get(0).toFloatArray()).containsExactly(1, 4, 9);
    }

    @Test
    void seesAWriteBehindAnOutput() {
        assertThatThrownBy(() -> run((inputs, outputs) -> write(outputs[0], outputs[0].bytes())))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the bytes behind output 0");
    }

    @Test
    void seesAWriteBeforeAnOutput() {
        assertThatThrownBy(() -> run((inputs, outputs) -> write(outputs[0], -1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the bytes before output 0");
    }

    @Test
    void seesAWriteIntoAnInput() {
        assertThatThrownBy(() -> run((inputs, outputs) -> write(inputs[0], 4)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the first byte of input 0 that the op changed");
    }

    @Test
    void whatAnOpDoesNotWriteIsNan() {
        Backend idle = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) ->
                        method.getName().equals("run") ? null : method.invoke(Backends.current(), arguments));
        for (DType dtype : OpCase.FLOATS) {
            HostArray x = HostArray.zeros(Shape.of(3), dtype);
            assertThat(new OpRunner(idle, (byte) 0xFF)
                            .run(UnaryOp.SQUARE, List.of(x))
                            .get(0)
                            .toDoubleArray())
                    .containsOnly(Double.NaN);
        }
    }
}
