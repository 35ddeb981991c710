package dev.lamina.fuzz;

import dev.lamina.data.CsvReader;
import dev.lamina.data.IdxReader;
import dev.lamina.data.NpyFormat;
import dev.lamina.errors.DataException;
import dev.lamina.errors.ModelFormatException;
import dev.lamina.saving.FuzzAccess;
import dev.lamina.saving.SafeTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/** What reads files that others made. */
public enum Parser {
    /** A .keras zip, or a legacy .h5 file with a model. */
    KERAS(FuzzAccess::model),
    /** Weights for a model that is there: .weights.h5, or legacy .h5. */
    WEIGHTS(FuzzAccess::weights),
    HDF5(file -> FuzzAccess.hdf5(content(file))),
    CONFIG(file -> FuzzAccess.config(content(file))),
    SAFETENSORS(new SafeTensors()::read),
    NPY(NpyFormat::read),
    IDX(IdxReader::read),
    CSV(CsvReader::read);

    private final Consumer<Path> reading;

    Parser(Consumer<Path> reading) {
        this.reading = reading;
    }

    /** The name of the folder that holds its kept inputs. */
    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a file, or refuses it as each reader should; any other exception passes.
     *
     * @return whether it was read
     */
    boolean accepts(Path file) {
        try {
            reading.accept(file);
            return true;
        } catch (ModelFormatException | DataException e) {
            if (e.getMessage() == null || !e.getMessage().startsWith("[")) {
                throw new AssertionError("an error that does not say where: " + e.getMessage(), e);
            }
            return false;
        }
    }

    private static byte[] content(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
