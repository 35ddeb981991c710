package dev.lamina.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.backend.Backends;
import dev.lamina.backend.cuda.OnCuda;
import dev.lamina.backend.cuda.SimulatedDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sequences as CUDA takes them give the bits of their ops. */
@ExtendWith({SimulatedDevice.class, OnCuda.class})
final class FuseSequencesCudaTest {
    @Test
    void randomProgramsGiveTheSameBits() {
        long sequences = 0;
        for (long seed = 1; seed <= 60; seed++) {
            sequences += new RandomRows(seed).assertSameBits(Backends.current());
        }
        assertThat(sequences).isGreaterThan(100);
    }
}
