package dev.lamina.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lamina.errors.DataException;
import dev.lamina.errors.ShapeException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabeledDataTest {
    private final LabeledData data =
            new LabeledData(HostArray.of(new float[] {0, 1, 2, 3, 4, 5}, 3, 2), HostArray.of(new int[] {7, 8, 9}));

    @Test
    void splitKeepsTheOrder() {
        LabeledData.Split split = data.split(2);
        assertThat(split.first().x().toFloatArray()).containsExactly(0f, 1f, 2f, 3f);
        assertThat(split.first().y().toLongArray()).containsExactly(7, 8);
        assertThat(split.rest().x().toFloatArray()).containsExactly(4f, 5f);
        assertThat(split.rest().y().toLongArray()).containsExactly(9);
        assertThat(data.split(3).rest().samples()).isZero();
    }

    @Test
    void takeGivesTheFirstSamples() {
        assertThat(data.take(1).x().shape()).hasToString("(1, 2)");
        assertThat(data.take(1).y().toLongArray()).containsExactly(7);
    }

    @Test
    void tooManySamplesAskedFor() {
        assertThatThrownBy(() -> data.take(4))
                .isInstanceOf(DataException.class)
                .hasMessage("[LabeledData.take] expected a number of samples from 0 to 3; received 4. Ask for fewer.");
        assertThatThrownBy(() -> data.split(-1))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[LabeledData.split] expected a number of samples from 0 to 3; received -1. Ask for fewer.");
    }

    @Test
    void unequalSampleCounts() {
        HostArray y = HostArray.of(new int[] {1, 2});
        assertThatThrownBy(() -> new LabeledData(data.x(), y))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "[LabeledData] expected as many labels as samples; received x float32 (3, 2) with 3 samples and y "
                                + "int32 (2,) with 2. Check that both come from the same data set.");
    }

    @Test
    void scalarsHaveNoSamples() {
        HostArray scalar = HostArray.zeros(Shape.scalar(), DType.FLOAT32);
        assertThatThrownBy(() -> new LabeledData(scalar, scalar))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "[LabeledData] expected a first axis of samples in x and y; received x float32 () and y float32 "
                                + "(). Reshape single numbers to (1,).");
    }

    @Test
    void pixelsBecomeFractions() {
        HostArray pixels = HostArray.of(new byte[] {0, 51, (byte) 255}, 3, 1);
        LabeledData scaled = new LabeledData(pixels, data.y()).xDividedBy(255);
        assertThat(scaled.x().dtype()).isEqualTo(DType.FLOAT32);
        assertThat(scaled.x().toFloatArray()).containsExactly(0f, 51f / 255f, 1f);
        assertThat(data.xDividedBy(2).x().toFloatArray()).containsExactly(0f, .5f, 1f, 1.5f, 2f, 2.5f);
        TrainTestData both = new TrainTestData(data, data, List.of("a")).xDividedBy(2);
        assertThat(both.test().x().getDouble(5)).isEqualTo(2.5);
        assertThat(both.test().y()).isSameAs(data.y());
    }
}
