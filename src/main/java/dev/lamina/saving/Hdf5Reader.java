package dev.lamina.saving;

import dev.lamina.errors.ModelFormatException;
import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.TensorSpec;
import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads groups, arrays and attributes of an HDF5 file through jHDF and trusts nothing in it: soft and external links
 * are refused, the tree is walked once with a limit on its depth and size, arrays may not be larger than the file can
 * hold. Every failure is a {@link ModelFormatException}.
 */
final class Hdf5Reader implements AutoCloseable {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_NODES = 1 << 20;
    /** An object takes at least so many bytes of a file. */
    private static final int MIN_NODE_BYTES = 16;

    private final String name;
    private final long fileBytes;
    private final HdfFile file;
    private final Map<String, Node> nodes = new LinkedHashMap<>();

    private Hdf5Reader(String name, long fileBytes, Supplier<HdfFile> open) {
        this.name = name;
        this.fileBytes = fileBytes;
        this.file = guarded(name, open);
        try {
            guarded(name, () -> {
                nodes.put("", file);
                walk(file, "", new HashSet<>(Set.of(file.getAddress())));
                return file;
            });
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    static Hdf5Reader open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException("[load] expected a file of weights; received " + file + ", which "
                    + (Files.exists(file) ? "is no regular file." : "does not exist.") + " Check the path.");
        }
        try {
            return new Hdf5Reader(file.toString(), Files.size(file), () -> new HdfFile(file));
        } catch (IOException e) {
            throw new ModelFormatException(
                    "[load] expected to read " + file + "; received " + e.getMessage() + ". Check its permissions.", e);
        }
    }

    /** @param name where the bytes come from, for messages */
    static Hdf5Reader of(byte[] bytes, String name) {
        return new Hdf5Reader(name, bytes.length, () -> HdfFile.fromBytes(bytes));
    }

    private void walk(Group group, String path, Set<Long> around) {
        for (Node child : group.getChildren().values()) {
            // Keras 2 wrote names with backslashes on Windows.
            String at = WeightTree.join(path, child.getName().replace('\\', '/'));
            if (child.isLink()) {
                throw malformed("no links to other places or files", "the link \"" + at + "\"");
            }
            if (nodes.put(at, child) != null) {
                throw malformed("each name once", "a second \"" + at + "\"");
            }
            if (nodes.size() > Math.min(MAX_NODES, fileBytes / MIN_NODE_BYTES)) {
                throw malformed("as many objects as fit into " + fileBytes + " bytes", "more");
            }
            if (child instanceof Group inner) {
                if (around.size() > MAX_DEPTH || !around.add(inner.getAddress())) {
                    throw malformed("groups inside groups, at most " + MAX_DEPTH + " deep", "\"" + at + "\"");
                }
                walk(inner, at, around);
                around.remove(inner.getAddress());
            }
        }
    }

    /** The paths of all groups and arrays, {@code layers/dense/vars/0}; the root is the empty path. */
    Set<String> paths() {
        return nodes.keySet();
    }

    boolean isGroup(String path) {
        return nodes.get(path) instanceof Group;
    }

    /** Whether there is an array at that path. */
    boolean isArray(String path) {
        return nodes.get(path) instanceof Dataset;
    }

    /** The paths of the arrays. */
    List<String> arrays() {
        return nodes.keySet().stream().filter(this::isArray).toList();
    }

    /** Shape and type of an array, without reading it. */
    TensorSpec spec(String path) {
        Dataset dataset = dataset(path);
        return guarded(name + " at " + path, () -> Hdf5Arrays.spec(dataset));
    }

    /** The values of an array. */
    HostArray array(String path) {
        TensorSpec spec = spec(path);
        Dataset dataset = dataset(path);
        return guarded(name + " at " + path, () -> {
            long limit = fileBytes * (Hdf5Arrays.isCompressed(dataset) ? ZipLimits.DEFLATE : 1);
            boolean stored = dataset.getStorageInBytes() > 0;
            if (spec.bytes() > Math.max(limit, stored ? 0 : ZipLimits.UNSTORED)) {
                throw malformed("an array that fits into the file", spec + " at \"" + path + "\"");
            }
            return Hdf5Arrays.read(dataset, spec);
        });
    }

    private Dataset dataset(String path) {
        if (nodes.get(path) instanceof Dataset dataset) {
            return dataset;
        }
        throw malformed("an array at \"" + path + "\"", nodes.containsKey(path) ? "a group" : "none");
    }

    /** An attribute of text. */
    Optional<String> text(String path, String attribute) {
        return texts(path, attribute).flatMap(texts -> texts.stream().findFirst());
    }

    /** An attribute of texts; of no texts, h5py makes an empty array of numbers. */
    Optional<List<String>> texts(String path, String attribute) {
        @Nullable Node node = nodes.get(path);
        if (node == null) {
            return Optional.empty();
        }
        return guarded(name + " at " + path + "@" + attribute, () -> {
            @Nullable Attribute found = node.getAttributes().get(attribute);
            if (found == null) {
                return Optional.empty();
            }
            long declared = found.getSizeInBytes();
            if (declared < 0 || declared > fileBytes) {
                throw malformed("an attribute that fits into the file", declared + " bytes");
            }
            List<String> texts = new ArrayList<>();
            flatten(found.isEmpty() || found.getSize() == 0 ? new String[0] : found.getData(), texts);
            return Optional.of(texts);
        });
    }

    private static void flatten(@Nullable Object value, List<String> into) {
        if (value instanceof Object[] items) {
            for (Object item : items) {
                flatten(item, into);
            }
        } else {
            into.add(String.valueOf(value));
        }
    }

    // The parser meets files of any content; whatever it throws means that the file is bad.
    private static <T> T guarded(String where, Supplier<T> action) {
        try {
            return action.get();
        } catch (ModelFormatException e) {
            throw e;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw new ModelFormatException(
                    "[load] expected a HDF5 file in " + where + "; it can't be read: " + e
                            + ". The file is truncated, damaged or of another kind.",
                    e);
        }
    }

    /** An error about this file. */
    ModelFormatException malformed(String expected, String received) {
        return new ModelFormatException("[load] expected " + expected + " in " + name + "; received " + received
                + ". The file is damaged or was written by something else.");
    }

    String name() {
        return name;
    }

    @Override
    public void close() {
        file.close();
    }
}
