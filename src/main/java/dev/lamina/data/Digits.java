package dev.lamina.data;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.DType;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * The 1,797 handwritten digits of 8x8 pixels that come inside Lamina's jar, so that a first run needs no download. UCI
 * Optical Recognition of Handwritten Digits by E. Alpaydin and C. Kaynak, CC BY 4.0, as packaged by scikit-learn.
 */
public final class Digits {
    /** The samples that {@link #loadSplit} trains with; the remaining 357 test. */
    public static final int TRAIN_SAMPLES = 1440;

    private static final List<String> CLASS_NAMES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    private static final String RESOURCE = "digits.csv.gz";
    private static final int SIDE = 8;
    private static final float DARKEST = 16f;

    private Digits() {}

    /** All samples in their original order: x float32 {@code (1797, 8, 8)} from 0 to 1, y int32 {@code (1797,)}. */
    public static LabeledData load() {
        HostArray table;
        try (InputStream in = Digits.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new DataException("[Digits] expected the resource dev/lamina/data/" + RESOURCE
                        + " in the jar; received nothing. Use an unchanged lamina.jar.");
            }
            table = CsvReader.read(
                    new GZIPInputStream(in), RESOURCE, CsvOptions.defaults().withHeader(CsvOptions.Header.ABSENT));
        } catch (IOException e) {
            throw ByteSource.unreadable("Digits", RESOURCE, e);
        }
        int rows = table.shape().size(0);
        int pixels = SIDE * SIDE;
        HostArray x = HostArray.zeros(Shape.of(rows, SIDE, SIDE), DType.FLOAT32);
        HostArray y = HostArray.zeros(Shape.of(rows), DType.INT32);
        for (int row = 0; row < rows; row++) {
            long start = (long) row * (pixels + 1);
            for (int i = 0; i < pixels; i++) {
                x.setDouble((long) row * pixels + i, table.getDouble(start + i) / DARKEST);
            }
            y.setLong(row, table.getLong(start + pixels));
        }
        return new LabeledData(x, y);
    }

    /**
     * The same, the first 1,440 samples to train with and the last 357 to test with. Those were written by other
     * people: an MLP trained on the first ones gets about 0.91 of them right.
     */
    public static TrainTestData loadSplit() {
        LabeledData.Split split = load().split(TRAIN_SAMPLES);
        return new TrainTestData(split.first(), split.rest(), CLASS_NAMES);
    }

    /**
     * The same, every fifth sample to test with (359 of them) and the others to train with: the same people wrote both.
     */
    public static TrainTestData loadMixedSplit() {
        LabeledData all = load();
        return new TrainTestData(every(all, false), every(all, true), CLASS_NAMES);
    }

    private static LabeledData every(LabeledData all, boolean fifth) {
        int[] rows = IntStream.range(0, all.samples())
                .filter(row -> (row % 5 == 4) == fifth)
                .toArray();
        return new LabeledData(rows(all.x(), rows), rows(all.y(), rows));
    }

    private static HostArray rows(HostArray from, int[] rows) {
        HostArray to = HostArray.zeros(from.shape().withSize(0, rows.length), from.dtype());
        long bytes = from.rowBytes();
        for (int i = 0; i < rows.length; i++) {
            MemorySegment.copy(from.data(), rows[i] * bytes, to.data(), i * bytes, bytes);
        }
        return to;
    }
}
