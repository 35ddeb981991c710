package dev.lamina.data;

import static dev.lamina.data.DataFiles.concat;
import static dev.lamina.data.DataFiles.hex;
import static dev.lamina.data.DataFiles.npy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of NPY that Lamina reads but does not write. */
class NpyVariantsTest {
    private static HostArray read(byte[] bytes) {
        return NpyFormat.read(new ByteArrayInputStream(bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "<f2, 003e 00c0,                          float16, 1.5,       -2",
        ">f2, 3e00 c000,                          float16, 1.5,       -2",
        ">f4, 3fc00000 c0000000,                  float32, 1.5,       -2",
        ">f8, 3ff8000000000000 c000000000000000,  float64, 1.5,       -2",
        ">i4, 01020304 fffffffe,                  int32,   16909060,  -2",
        ">i8, 0000000000000102 fffffffffffffffe,  int64,   258,       -2",
        "|i1, 01 ff,                              int32,   1,         -1",
        "<i2, 0201 feff,                          int32,   258,       -2",
        ">i2, 0102 fffe,                          int32,   258,       -2",
        "<u2, 0201 feff,                          int32,   258,       65534",
        "<u4, 04030201 feffffff,                  int64,   16909060,  4294967294",
        ">u4, 01020304 fffffffe,                  int64,   16909060,  4294967294",
        "|u1, 01 ff,                              uint8,   1,         255",
        "|b1, 00 07,                              bool,    0,         1",
    })
    void typesAndByteOrders(String descr, String elements, String dtype, double first, double second) {
        HostArray array =
                read(npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (2,), }\n", hex(elements)));
        assertThat(array.dtype()).isEqualTo(DType.of(dtype));
        assertThat(array.toDoubleArray()).containsExactly(first, second);
    }

    @Test
    void boolIsStoredAsZeroOrOne() {
        HostArray array = read(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }\n", hex("00 07")));
        assertThat(array.data().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 1)).isEqualTo((byte) 1);
    }

    @Test
    void fortranOrderIsTurned() {
        HostArray array = read(npy(
                "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }\n",
                hex("00 06 02 08 04 0a 01 07 03 09 05 0b")));
        assertThat(array.shape()).hasToString("(2, 3, 2)");
        assertThat(array.toLongArray()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void fortranOrderIsTurnedForWideTypes() {
        HostArray array = read(npy(
                "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n", hex("0001 0004 0002 0005 0003 0006")));
        assertThat(array.toLongArray()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void versionsTwoAndThree() {
        byte[] text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }\n".getBytes(StandardCharsets.UTF_8);
        for (int version = 2; version <= 3; version++) {
            byte[] start =
                    concat(hex("93 4e 55 4d 50 59"), new byte[] {(byte) version, 0, (byte) text.length, 0, 0, 0});
            assertThat(read(concat(start, text, hex("2a"))).toLongArray()).containsExactly(42);
        }
    }

    @Test
    void keysInAnyOrderAndDoubleQuotes() {
        HostArray array = read(npy("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"|u1\"}     \n", hex("01 02")));
        assertThat(array.shape()).hasToString("(1, 2)");
    }

    @Test
    void scalar() {
        assertThat(read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", hex("05")))
                        .toString())
                .endsWith("shape=(), dtype=uint8");
    }
}
