package dev.lamina.backend.cuda;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes launches to the file that {@code -Ddev.lamina.cuda.record=FILE} names, with what they read, so that
 * {@code native/launch-replay} can repeat them under compute-sanitizer, where a JVM can't run. Of each kernel the first
 * few launches that differ in their sizes are taken; one that is captured into a graph, or that reaches more than 4 MiB
 * ({@code -Ddev.lamina.cuda.recordLimit=BYTES}), is not, and the first of the latter is told. All operands of a
 * compiled step lie in one block, so each of its launches reaches the whole of it. Blocks of the cache would be larger
 * than what was asked for, so {@code dev.lamina.cuda.cache} should be off. The format is described in
 * {@code native/launch-replay/README.md}. Used under the device's lock.
 */
final class LaunchRecorder {
    static final String PROPERTY = "dev.lamina.cuda.record";

    private static final int MAGIC = 0x484E434C; // "LCNH" in the file
    private static final int PER_KERNEL = 12;

    /** The most bytes that a launch may reach; a record is one array, so there is an end to it. */
    private static final long MOST_BYTES =
            Math.min(Long.getLong("dev.lamina.cuda.recordLimit", 4 << 20), Integer.MAX_VALUE / 2);

    private static final Logger LOG = LoggerFactory.getLogger(LaunchRecorder.class);

    private static @Nullable LaunchRecorder shared;

    /** A place that holds an address. Holder 0 is the launch's parameters, the others are blocks. */
    private record Link(int holder, long offset, int target, long delta) {}

    private final OutputStream out;
    private final TreeMap<Long, Long> blocks = new TreeMap<>();
    private final Map<String, Set<Integer>> taken = new HashMap<>();
    private boolean capturing;
    private boolean leftOut;

    private LaunchRecorder(Path file) {
        try {
            out = new BufferedOutputStream(Files.newOutputStream(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process's one; null where nothing is recorded. */
    static synchronized @Nullable LaunchRecorder shared() {
        String file = System.getProperty(PROPERTY, "");
        if (shared == null && !file.isEmpty()) {
            shared = new LaunchRecorder(Path.of(file));
        }
        return shared;
    }

    void allocated(long address, long bytes) {
        blocks.put(address, bytes);
    }

    void freed(long address) {
        blocks.remove(address);
    }

    /** Nothing can be read while a graph is captured. */
    void captures(boolean begun) {
        capturing = begun;
    }

    /** Writes a launch that is about to be made. */
    void launch(CudaDriver driver, CudaKernel kernel, int grid, int shared, HostPointer parameters) {
        Set<Integer> known = taken.computeIfAbsent(kernel.name(), name -> new HashSet<>());
        if (capturing || known.size() >= PER_KERNEL) {
            return;
        }
        byte[][] values = values(kernel, parameters);
        List<Long> reached = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>(List.of(joined(values)));
        List<Link> links = new ArrayList<>();
        long bytes = 0;
        // Other lanes may still write what this launch reads, and the copies below wait for no lane.
        driver.synchronizeContext();
        // A block may hold addresses of others, such as the table of an optimizer.
        for (int holder = 0; holder < contents.size(); holder++) {
            ByteBuffer content = littleEndian(contents.get(holder));
            for (int offset = 0; offset + Long.BYTES <= content.capacity(); offset += Long.BYTES) {
                long word = content.getLong(offset);
                Map.Entry<Long, Long> block = blocks.floorEntry(word);
                if (block == null || word >= block.getKey() + block.getValue()) {
                    continue;
                }
                int target = reached.indexOf(block.getKey()) + 1;
                if (target == 0) {
                    bytes += block.getValue();
                    if (bytes > MOST_BYTES) {
                        tellLeftOut(kernel, bytes);
                        return;
                    }
                    reached.add(block.getKey());
                    contents.add(content(driver, block.getKey(), block.getValue()));
                    target = reached.size();
                }
                links.add(new Link(holder, offset, target, word - block.getKey()));
            }
        }
        if (known.add(signature(31 * grid + shared, contents, links))) {
            write(kernel.name(), grid, shared, values, contents, links);
        }
    }

    private void tellLeftOut(CudaKernel kernel, long bytes) {
        if (!leftOut) {
            leftOut = true;
            LOG.warn(
                    "Not recorded: {}, and every other launch that reaches more than {} bytes of device memory; this one"
                            + " reaches {} or more. -Ddev.lamina.cuda.recordLimit=BYTES raises the limit.",
                    kernel.name(),
                    MOST_BYTES,
                    bytes);
        }
    }

    private static int signature(int shape, List<byte[]> contents, List<Link> links) {
        int[] sizes = contents.stream().mapToInt(content -> content.length).toArray();
        return 31 * (31 * shape + Arrays.hashCode(sizes)) + links.hashCode();
    }

    private static byte[] content(CudaDriver driver, long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes, Long.BYTES);
            driver.read(memory, address);
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static byte[][] values(CudaKernel kernel, HostPointer parameters) {
        MemorySegment pointers =
                MemorySegment.ofAddress(parameters.address()).reinterpret((long) kernel.parameters() * Long.BYTES);
        byte[][] values = new byte[kernel.parameters()][];
        for (int i = 0; i < values.length; i++) {
            values[i] = MemorySegment.ofAddress(pointers.getAtIndex(ValueLayout.JAVA_LONG, i))
                    .reinterpret(kernel.parameterBytes(i))
                    .toArray(ValueLayout.JAVA_BYTE);
        }
        return values;
    }

    /** All values one after the other, each at a multiple of eight bytes. */
    private static byte[] joined(byte[][] values) {
        int bytes =
                Arrays.stream(values).mapToInt(value -> padded(value.length)).sum();
        byte[] joined = new byte[bytes];
        int offset = 0;
        for (byte[] value : values) {
            System.arraycopy(value, 0, joined, offset, value.length);
            offset += padded(value.length);
        }
        return joined;
    }

    private static int padded(int bytes) {
        return Math.ceilDiv(bytes, Long.BYTES) * Long.BYTES;
    }

    private void write(String name, int grid, int shared, byte[][] values, List<byte[]> contents, List<Link> links) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        int bytes = 8 * Integer.BYTES + text.length + values.length * Integer.BYTES + 24 * links.size();
        for (byte[] content : contents) {
            bytes += Integer.BYTES + content.length;
        }
        byte[] whole = new byte[bytes];
        ByteBuffer record = littleEndian(whole);
        record.putInt(MAGIC).putInt(text.length).put(text);
        record.putInt(grid).putInt(LaunchPacker.BLOCK).putInt(shared);
        record.putInt(values.length);
        for (byte[] value : values) {
            record.putInt(value.length);
        }
        record.putInt(contents.size());
        for (byte[] content : contents) {
            record.putInt(content.length).put(content);
        }
        record.putInt(links.size());
        for (Link link : links) {
            record.putInt(link.holder).putLong(link.offset).putInt(link.target).putLong(link.delta);
        }
        try {
            out.write(whole);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
