package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NpyRoundTripTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BFLOAT16")
    void keepsShapeTypeAndBytes(DType dtype) {
        for (Shape shape : new Shape[] {
            Shape.scalar(),
            Shape.of(1),
            Shape.of(13),
            Shape.of(3, 4),
            Shape.of(0, 2),
            Shape.of(2, 1, 207),
            Shape.of(70, 4098)
        }) {
            HostArray array = HostArray.zeros(shape, dtype).fill(i -> i % 251 - (dtype == DType.UINT8 ? 0 : 100));
            Path file = folder.resolve("a.npy");
            NpyFormat.write(file, array);
            HostArray read = NpyFormat.read(file);
            assertThat(read.shape()).isEqualTo(shape);
            assertThat(read.dtype()).isEqualTo(dtype);
            assertThat(read.data().mismatch(array.data())).isEqualTo(-1);
        }
    }

    @Test
    void bfloat16HasNoPlaceInNpy() {
        HostArray array = HostArray.zeros(Shape.of(2), DType.BFLOAT16);
        assertThatThrownBy(() -> NpyFormat.write(folder.resolve("a.npy"), array))
                .isInstanceOf(DataException.class)
                .hasMessage("[NpyFormat] expected an array of a type that NPY has; received bfloat16 (2,). "
                        + "Cast it to float32 first: array.cast(DType.FLOAT32).");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void arraysFollowEachOtherInAStream() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NpyFormat.write(out, HostArray.of(new int[] {1, 2, 3}));
        NpyFormat.write(out, HostArray.of(new double[] {4, 5}, 2, 1));
        ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
        assertThat(NpyFormat.read(in).toLongArray()).containsExactly(1, 2, 3);
        assertThat(NpyFormat.read(in))
                .hasToString(HostArray.of(new double[] {4, 5}, 2, 1).toString());
        assertThat(in.available()).isZero();
    }

    @Test
    void headerIsNumPys() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NpyFormat.write(out, HostArray.of(new float[] {1}));
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
        byte[] expected = DataFiles.npy(header + " ".repeat(117 - header.length()) + "\n", DataFiles.hex("0000803f"));
        assertThat(out.toByteArray()).isEqualTo(expected);
    }
}
