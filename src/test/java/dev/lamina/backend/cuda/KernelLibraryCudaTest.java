package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The index of the PTX, and the packing of parameters. */
@ExtendWith(SimulatedDevice.class)
class KernelLibraryCudaTest {
    private final CudaBackend backend = CudaTests.backend();
    private final KernelLibrary library = backend.library();

    @Test
    void readsNamesAndParameterSizesFromPtx() {
        String ptx = """
                .version 6.3
                .visible .entry one_f32(
                \t.param .u64 .ptr .global .align 4 one_f32_param_0,
                \t.param .u32 one_f32_param_1,
                \t.param .align 8 .b8 one_f32_param_2[264],
                \t.param .f64 one_f32_param_3
                )
                .maxntid 256, 1, 1
                {
                \tret;
                }
                .visible .entry none()
                {
                }
                """;
        assertThat(PtxEntry.scan(ptx))
                .containsExactly(new PtxEntry("one_f32", List.of(8, 4, 264, 8)), new PtxEntry("none", List.of()));
    }

    @Test
    void knowsEveryKernelOnTheClassPath() {
        assertThat(library.names()).hasSizeGreaterThan(500).contains("relu_f32", "softmax_rows_bf16", "bias_add_f32");
        assertThat(library.has("relu_f32")).isTrue();
        assertThat(library.has("relu_bool")).isFalse();
    }

    @Test
    void everyKernelLoads() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            for (String name : library.names()) {
                assertThat(library.kernel(name).name()).isEqualTo(name);
            }
        }
    }

    @Test
    void aKernelThatIsMissingIsNamed() {
        assertThatThrownBy(() -> library.kernel("nothing_f32"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("[cuda] expected a kernel named nothing_f32; found none among the ");
    }

    @Test
    void parametersAreCheckedAgainstThePtx() {
        try (CudaDevice.Hold _ = backend.device().hold()) {
            CudaKernel relu = library.kernel("relu_f32");
            LaunchPacker packer = new LaunchPacker(backend.device());
            assertThatThrownBy(() -> packer.start(relu).i32(1))
                    .hasMessage("[cuda] expected the parameters that relu_f32 declares; received 4 bytes as number 0. "
                            + "This is a bug in Lamina, or its PTX is old.");
            assertThatThrownBy(() -> packer.start(relu).i64(1).i64(2).i64(3).i64(4))
                    .hasMessageContaining("received 8 bytes as number 3");
            assertThatThrownBy(() -> packer.start(relu).i64(1).overElements(1))
                    .hasMessage(
                            "[cuda] expected 3 parameters for relu_f32; received 1. This is a bug in Lamina, or its PTX "
                                    + "is old.");
        }
    }
}
