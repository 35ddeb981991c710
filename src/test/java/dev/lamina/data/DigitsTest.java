package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lamina.tensor.HostArray;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DigitsTest {
    @Test
    void holdsAllSamplesFromZeroToOne() {
        LabeledData digits = Digits.load();
        assertThat(digits.x().spec()).hasToString("float32 (1797, 8, 8)");
        assertThat(digits.y().spec()).hasToString("int32 (1797,)");
        float[] x = digits.x().toFloatArray();
        for (float value : x) {
            assertThat(value).isBetween(0f, 1f);
        }
        assertThat(Arrays.copyOf(x, 8)).containsExactly(0f, 0f, 5 / 16f, 13 / 16f, 9 / 16f, 1 / 16f, 0f, 0f);
        assertThat(Arrays.copyOf(digits.y().toLongArray(), 10)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        long[] counts = new long[10];
        for (long label : digits.y().toLongArray()) {
            counts[(int) label]++;
        }
        assertThat(counts).containsExactly(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
    }

    @Test
    void splitsInOrder() {
        TrainTestData digits = Digits.loadSplit();
        HostArray all = Digits.load().y();
        assertThat(digits.train().samples()).isEqualTo(1440);
        assertThat(digits.test().samples()).isEqualTo(357);
        assertThat(digits.test().y().toLongArray()).isEqualTo(Arrays.copyOfRange(all.toLongArray(), 1440, 1797));
        assertThat(digits.classNames()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    }

    @Test
    void everyFifthSampleOfTheMixedSplitTests() {
        TrainTestData digits = Digits.loadMixedSplit();
        LabeledData all = Digits.load();
        assertThat(digits.train().samples()).isEqualTo(1438);
        assertThat(digits.test().samples()).isEqualTo(359);
        assertThat(digits.test().y().getLong(1)).isEqualTo(all.y().getLong(9));
        assertThat(digits.test().x().rows(1, 2).toFloatArray())
                .isEqualTo(all.x().rows(9, 10).toFloatArray());
        assertThat(digits.train().y().getLong(4)).isEqualTo(all.y().getLong(5));
    }

    @Test
    void carriesItsNotice() throws IOException {
        try (InputStream in = Digits.class.getResourceAsStream("NOTICE")) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("E. Alpaydin and C. Kaynak", "CC BY 4.0", "scikit-learn");
        }
    }
}
