package dev.lamina.models;

import dev.lamina.tensor.HostArray;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;

/** Writes and reads arrays by name; found by {@link ServiceLoader}, as {@link ModelFormat} is. */
public interface ArrayFormat {
    /** Writes a file, whole or not at all. */
    void write(Map<String, HostArray> arrays, Path file);

    /** Reads a file; a malformed one is a {@link dev.lamina.errors.ModelFormatException}. */
    Map<String, HostArray> read(Path file);

    static ArrayFormat find() {
        return ServiceLoader.load(ArrayFormat.class, ArrayFormat.class.getClassLoader())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("[save] expected an array format on the class path; found none."));
    }
}
