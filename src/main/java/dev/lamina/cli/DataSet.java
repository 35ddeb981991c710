package dev.lamina.cli;

import dev.lamina.data.Digits;
import dev.lamina.data.FashionMnist;
import dev.lamina.data.TrainTestData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The data sets that commands know by name. */
enum DataSet implements Named {
    DIGITS("digits", 30, 32),
    FASHION_MNIST("fashion-mnist", 5, 128);

    private final String label;
    private final int epochs;
    private final int batchSize;

    DataSet(String label, int epochs, int batchSize) {
        this.label = label;
        this.epochs = epochs;
        this.batchSize = batchSize;
    }

    @Override
    public String label() {
        return label;
    }

    /** For how long to train, if nothing else is said. */
    int epochs() {
        return epochs;
    }

    int batchSize() {
        return batchSize;
    }

    /** Pixels from 0 to 1. */
    TrainTestData load(Optional<Path> folder) {
        if (folder.isPresent() && this == DIGITS) {
            throw new IllegalArgumentException(
                    "[data] expected --data with fashion-mnist only; the digits come with Lamina.");
        }
        if (folder.isPresent() && !Files.isDirectory(folder.get())) {
            throw new IllegalArgumentException(
                    "[data] expected a folder after --data; received " + folder.get() + ", which is none.");
        }
        return switch (this) {
            case DIGITS -> Digits.loadMixedSplit();
            case FASHION_MNIST ->
                folder.map(FashionMnist::load).orElseGet(FashionMnist::load).xDividedBy(255);
        };
    }

    static final class Converter extends NameConverter<DataSet> {
        Converter() {
            super(DataSet.values());
        }
    }
}
