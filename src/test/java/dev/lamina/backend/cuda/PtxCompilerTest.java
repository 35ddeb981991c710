package dev.lamina.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NVIDIA's own compiler of PTX, which JCuda carries (of CUDA 12.0, and so as old as the oldest driver that is served),
 * takes every kernel alone. Needs no driver.
 */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class PtxCompilerTest {
    @BeforeAll
    static void load() throws IOException {
        NativeLibraries.loadJCuda("JNvPTXCompiler", () -> JNvPTXCompiler.setExceptionsEnabled(false));
    }

    static List<String> families() {
        return PtxFiles.families();
    }

    /** What the compiler complains of; empty if it takes the text. */
    private static String complaints(byte[] ptx) {
        nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
        byte[] terminated = java.util.Arrays.copyOf(ptx, ptx.length + 1);
        int code = JNvPTXCompiler.nvPTXCompilerCreate(compiler, ptx.length, terminated);
        assertThat(nvPTXCompileResult.stringFor(code)).isEqualTo("NVPTXCOMPILE_SUCCESS");
        // Without optimization: what is asked is whether the text is right.
        String[] options = {"--gpu-name=sm_75", "--opt-level=0"};
        code = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
        String said = "";
        if (code != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
            long[] size = new long[1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
            byte[] log = new byte[(int) size[0] + 1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
            said = nvPTXCompileResult.stringFor(code) + ": " + new String(log, StandardCharsets.UTF_8).strip();
        }
        JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
        return said;
    }

    /** As the driver gets them. */
    @ParameterizedTest
    @MethodSource("families")
    void theCompilerTakesEveryKernelAlone(String family) {
        PtxModule module = PtxModule.ofFamily(family);
        for (PtxEntry kernel : module.kernels()) {
            assertThat(complaints(module.only(kernel.name()))).as(kernel.name()).isEmpty();
        }
    }

    @Test
    void aWrongInstructionIsFound() {
        String ptx = """
                .version 6.3
                .target sm_75
                .address_size 64
                .visible .entry wrong()
                {
                \tadd.quaternion %r1, %r2, %r3;
                \tret;
                }
                """;
        assertThat(complaints(ptx.getBytes(StandardCharsets.ISO_8859_1)))
                .contains("NVPTXCOMPILE_ERROR_COMPILATION_FAILURE");
    }
}
