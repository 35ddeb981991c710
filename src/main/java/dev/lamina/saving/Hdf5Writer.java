package dev.lamina.saving;

import dev.lamina.tensor.HostArray;
import dev.lamina.tensor.Shape;
import dev.lamina.tensor.TensorSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes an HDF5 file of groups, arrays and attributes of text, from front to back: all addresses are known before the
 * first byte is written, and one array at a time is in memory. Version 2 of superblock and object headers (HDF5 1.8 and
 * later), contiguous arrays. jHDF, which Lamina reads with, can't write half precision, empty arrays or strings as h5py
 * writes them, and wants all arrays as nested Java arrays.
 *
 * @see <a href="https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html">HDF5 File Format 3.0</a>
 */
final class Hdf5Writer {
    private static final int SUPERBLOCK_BYTES = 48;
    private static final int HEAP_MINIMUM = 4096;
    private static final int HEAP_OBJECTS = 1024;
    private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    /** A group or an array. */
    private static final class Entry {
        private final Map<String, Entry> children = new LinkedHashMap<>();
        private final Map<String, Integer> attributes = new LinkedHashMap<>();
        private Optional<TensorSpec> spec = Optional.empty();
        private Supplier<HostArray> values = () -> HostArray.of(new float[0], 0);
        private long headerAddress;
        private long dataAddress = Hdf5Bytes.UNDEFINED;
    }

    private final Entry root = new Entry();
    private final List<byte[]> texts = new ArrayList<>();
    private final List<Long> textAddresses = new ArrayList<>();

    private Entry entry(String path) {
        Entry entry = root;
        for (String name : path.split("/", -1)) {
            if (!name.isEmpty()) {
                entry = entry.children.computeIfAbsent(name, n -> new Entry());
            }
        }
        return entry;
    }

    /** Makes a group and those around it; the root is there anyway. */
    Hdf5Writer group(String path) {
        entry(path);
        return this;
    }

    /** An attribute of a group or an array. */
    Hdf5Writer attribute(String path, String name, String text) {
        entry(path).attributes.put(name, texts.size());
        texts.add(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** An array, whose values are asked for when they are written. */
    Hdf5Writer array(String path, TensorSpec spec, Supplier<HostArray> values) {
        Entry entry = entry(path);
        entry.spec = Optional.of(spec);
        entry.values = values;
        return this;
    }

    void writeTo(OutputStream out) throws IOException {
        List<Entry> entries = new ArrayList<>();
        collect(root, entries);
        List<byte[]> heaps = heaps();
        long end =
                SUPERBLOCK_BYTES + heaps.stream().mapToLong(heap -> heap.length).sum();
        for (Entry entry : entries) {
            entry.headerAddress = end;
            end += header(entry).length;
        }
        for (Entry entry : entries) {
            if (entry.spec.isPresent() && entry.spec.get().bytes() > 0) {
                entry.dataAddress = end;
                end += padded(entry.spec.get().bytes());
            }
        }
        out.write(superblock(end));
        for (byte[] heap : heaps) {
            out.write(heap);
        }
        for (Entry entry : entries) {
            out.write(header(entry));
        }
        for (Entry entry : entries) {
            if (entry.spec.isPresent()) {
                writeData(out, entry.values.get().data());
            }
        }
    }

    private static void collect(Entry entry, List<Entry> into) {
        into.add(entry);
        entry.children.values().forEach(child -> collect(child, into));
    }

    private static long padded(long bytes) {
        return (bytes + 7) / 8 * 8;
    }

    private static void writeData(OutputStream out, MemorySegment data) throws IOException {
        byte[] block = new byte[1 << 16];
        for (long at = 0; at < data.byteSize(); at += block.length) {
            int count = (int) Math.min(block.length, data.byteSize() - at);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, block, 0, count);
            out.write(block, 0, count);
        }
        out.write(new byte[(int) (padded(data.byteSize()) - data.byteSize())]);
    }

    private byte[] superblock(long end) {
        return new Hdf5Bytes()
                .bytes(SIGNATURE)
                .u8(2, 8, 8, 0)
                .u64(0)
                .u64(Hdf5Bytes.UNDEFINED)
                .u64(end)
                .u64(root.headerAddress)
                .checksum()
                .toArray();
    }

    /** Global heap collections with the texts, which attributes point to. */
    private List<byte[]> heaps() {
        List<byte[]> heaps = new ArrayList<>();
        textAddresses.clear();
        long address = SUPERBLOCK_BYTES;
        for (int from = 0; from < texts.size(); from += HEAP_OBJECTS) {
            List<byte[]> part = texts.subList(from, Math.min(texts.size(), from + HEAP_OBJECTS));
            Hdf5Bytes objects = new Hdf5Bytes();
            for (int i = 0; i < part.size(); i++) {
                objects.u16(i + 1)
                        .u16(1)
                        .u32(0)
                        .u64(part.get(i).length)
                        .bytes(part.get(i))
                        .pad();
                textAddresses.add(address);
            }
            int size = Math.max(HEAP_MINIMUM, 16 + objects.size() + 16);
            byte[] heap = new Hdf5Bytes()
                    .text("GCOL")
                    .u8(1, 0, 0, 0)
                    .u64(size)
                    .bytes(objects.toArray())
                    .u16(0)
                    .u16(0)
                    .u32(0)
                    .u64(size - 16L - objects.size())
                    .toArray();
            heaps.add(Arrays.copyOf(heap, size));
            address += size;
        }
        return heaps;
    }

    /** An object header, whose size depends on no address. */
    private byte[] header(Entry entry) {
        Hdf5Bytes messages = new Hdf5Bytes();
        if (entry.spec.isPresent()) {
            TensorSpec spec = entry.spec.get();
            message(messages, 0x01, Hdf5Bytes.space(spec.shape()));
            message(messages, 0x03, Hdf5Bytes.type(spec.dtype()));
            message(messages, 0x05, new Hdf5Bytes().u8(3, 0x0a).toArray());
            message(
                    messages,
                    0x08,
                    new Hdf5Bytes()
                            .u8(3, 1)
                            .u64(entry.dataAddress)
                            .u64(spec.bytes())
                            .toArray());
        } else {
            message(
                    messages,
                    0x02,
                    new Hdf5Bytes()
                            .u8(0, 0)
                            .u64(Hdf5Bytes.UNDEFINED)
                            .u64(Hdf5Bytes.UNDEFINED)
                            .toArray());
            message(messages, 0x0a, new Hdf5Bytes().u8(0, 0).toArray());
            entry.children.forEach((name, child) -> message(messages, 0x06, link(name, child.headerAddress)));
        }
        entry.attributes.forEach((name, text) -> message(messages, 0x0c, attribute(name, text)));
        return new Hdf5Bytes()
                .text("OHDR")
                .u8(2, 2)
                .u32(messages.size())
                .bytes(messages.toArray())
                .checksum()
                .toArray();
    }

    private static void message(Hdf5Bytes messages, int type, byte[] data) {
        messages.u8(type).u16(data.length).u8(0).bytes(data);
    }

    private static byte[] link(String name, long address) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 1 << 15) {
            throw new IllegalStateException("[save] expected a name of at most " + (1 << 15)
                    + " bytes; received one of " + bytes.length + ". Use shorter names.");
        }
        return new Hdf5Bytes()
                .u8(1, 0x11, 1)
                .u16(bytes.length)
                .bytes(bytes)
                .u64(address)
                .toArray();
    }

    private byte[] attribute(String name, int text) {
        byte[] bytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] type = Hdf5Bytes.textType();
        byte[] space = Hdf5Bytes.space(Shape.scalar());
        return new Hdf5Bytes()
                .u8(3, 0)
                .u16(bytes.length)
                .u16(type.length)
                .u16(space.length)
                .u8(1)
                .bytes(bytes)
                .bytes(type)
                .bytes(space)
                .u32(texts.get(text).length)
                .u64(textAddresses.get(text))
                .u32(text % HEAP_OBJECTS + 1)
                .toArray();
    }
}
