package dev.lamina.saving;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The reader of HDF5 files, for tests of other packages. */
public final class Hdf5Access implements AutoCloseable {
    private final AutoCloseable owner;
    private final Hdf5Reader reader;

    private Hdf5Access(AutoCloseable owner, Hdf5Reader reader) {
        this.owner = owner;
        this.reader = reader;
    }

    /** An HDF5 file, or the weights of a .keras file. */
    public static Hdf5Access open(Path file) {
        if (file.toString().endsWith(".keras")) {
            ArchiveReader archive = ArchiveReader.open(file);
            return new Hdf5Access(archive, archive.weights());
        }
        return new Hdf5Access(() -> {}, Hdf5Reader.open(file));
    }

    public Set<String> paths() {
        return reader.paths();
    }

    public List<String> arrays() {
        return reader.arrays();
    }

    public boolean isGroup(String path) {
        return reader.isGroup(path);
    }

    public TensorSpec spec(String path) {
        return reader.spec(path);
    }

    public HostArray array(String path) {
        return reader.array(path);
    }

    public Optional<List<String>> texts(String path, String attribute) {
        return reader.texts(path, attribute);
    }

    @Override
    public void close() throws Exception {
        reader.close();
        owner.close();
    }
}
