package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The real files, where Debian's package dataset-fashion-mnist is installed. */
class FashionMnistPackageTest {
    private static final Path PACKAGE = Path.of("/usr/share/datasets/fashion-mnist");

    @Test
    void holdsSeventyThousandImages() {
        boolean present = Files.isDirectory(PACKAGE);
        if (!present) {
            System.out.println(
                    "SKIPPED: Fashion-MNIST, " + PACKAGE + " is absent (apt-get install dataset-fashion-mnist)");
        }
        Assumptions.assumeTrue(present, "dataset-fashion-mnist is not installed");
        TrainTestData data = FashionMnist.load(PACKAGE);
        assertThat(data.train().x().spec()).hasToString("uint8 (60000, 28, 28)");
        assertThat(data.train().y().spec()).hasToString("int32 (60000,)");
        assertThat(data.test().x().spec()).hasToString("uint8 (10000, 28, 28)");
        long[] counts = new long[10];
        for (long label : data.test().y().toLongArray()) {
            counts[(int) label]++;
        }
        assertThat(counts).containsOnly(1000);
        assertThat(data.classNames().get((int) data.train().y().getLong(0))).isEqualTo("Ankle boot");
        LabeledData scaled = data.test().xDividedBy(255);
        assertThat(scaled.x().getDouble(28 * 28 / 2 + 14))
                .isEqualTo(data.test().x().getLong(28 * 28 / 2 + 14) / 255f);
    }
}
