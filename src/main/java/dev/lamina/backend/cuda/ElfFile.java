package dev.lamina.backend.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the head of a shared library says about it. It is read before the library is loaded, because the loader maps the
 * file into memory: of one that was cut short, the first touch of what is missing would end the JVM.
 *
 * <p>The format is that of the System V ABI for 64-bit little-endian machines, the only ones that JCuda has libraries
 * for.
 */
record ElfFile(String machine, Optional<String> name) {
    private static final int MAGIC = 0x464c457f;
    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_BYTES = 56;
    private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
    private static final int LOAD = 1;
    private static final int DYNAMIC = 2;
    private static final long STRING_TABLE = 5;
    private static final long SONAME = 14;
    private static final int LONGEST_NAME = 256;
    private static final int MOST_DYNAMIC_BYTES = 1 << 16;

    /** A library that can't be loaded here, and why. */
    static class UnusableException extends IOException {
        private static final long serialVersionUID = 1;

        UnusableException(String reason) {
            super(reason);
        }
    }

    /** A library whose end is missing. The loader does not notice; the process ends where it reads there. */
    static final class CutShortException extends UnusableException {
        private static final long serialVersionUID = 1;

        CutShortException(String reason) {
            super(reason);
        }
    }

    /** A part of the file that is mapped into memory. */
    private record Segment(int type, long offset, long address, long bytes) {}

    /** Reads the head of a library and checks that the file is complete and for this machine. */
    static ElfFile read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return read(channel, channel.size());
        }
    }

    private static ElfFile read(FileChannel channel, long size) throws IOException {
        if (size < HEADER_BYTES) {
            throw new UnusableException("is no shared library: it has " + size + " bytes");
        }
        ByteBuffer header = bytes(channel, 0, HEADER_BYTES);
        if (header.getInt(0) != MAGIC) {
            throw new UnusableException("is no shared library");
        }
        String machine = machine(header.getShort(18));
        if (header.getShort(4) != CLASS_64_LITTLE_ENDIAN || !machine.equals(thisMachine())) {
            throw new UnusableException("is for another processor, " + machine + "; this is " + thisMachine());
        }
        List<Segment> segments = segments(channel, size, header);
        for (Segment segment : segments) {
            requireInside(segment.offset + segment.bytes, size);
        }
        return new ElfFile(machine, name(channel, segments));
    }

    private static List<Segment> segments(FileChannel channel, long size, ByteBuffer header) throws IOException {
        long start = header.getLong(32);
        int count = Short.toUnsignedInt(header.getShort(56));
        if (Short.toUnsignedInt(header.getShort(54)) != SEGMENT_BYTES) {
            throw new UnusableException("is no shared library that can be loaded");
        }
        requireInside(start + (long) count * SEGMENT_BYTES, size);
        ByteBuffer table = bytes(channel, start, count * SEGMENT_BYTES);
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = i * SEGMENT_BYTES;
            segments.add(new Segment(
                    table.getInt(at), table.getLong(at + 8), table.getLong(at + 16), table.getLong(at + 32)));
        }
        return segments;
    }

    private static void requireInside(long end, long size) throws IOException {
        if (end < 0 || end > size) {
            throw new CutShortException("is cut short: it has " + size + " of at least " + end + " bytes");
        }
    }

    /** The name under which other libraries ask for this one, such as {@code libcublas.so.12}. */
    private static Optional<String> name(FileChannel channel, List<Segment> segments) throws IOException {
        for (Segment segment : segments) {
            if (segment.type != DYNAMIC) {
                continue;
            }
            ByteBuffer entries =
                    bytes(channel, segment.offset, (int) Math.min(segment.bytes, MOST_DYNAMIC_BYTES) / 16 * 16);
            long strings = -1;
            long name = -1;
            while (entries.hasRemaining()) {
                long tag = entries.getLong();
                long value = entries.getLong();
                strings = tag == STRING_TABLE ? value : strings;
                name = tag == SONAME ? value : name;
            }
            if (strings >= 0 && name >= 0) {
                return text(channel, segments, strings + name);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> text(FileChannel channel, List<Segment> segments, long address) throws IOException {
        for (Segment segment : segments) {
            long inside = address - segment.address;
            if (segment.type == LOAD && inside >= 0 && inside < segment.bytes) {
                int length = (int) Math.min(LONGEST_NAME, segment.bytes - inside);
                byte[] text = bytes(channel, segment.offset + inside, length).array();
                int end = 0;
                while (end < text.length && text[end] != 0) {
                    end++;
                }
                return Optional.of(new String(text, 0, end, StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }

    private static ByteBuffer bytes(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // One read may bring less than was asked for.
        }
        if (buffer.hasRemaining()) {
            throw new CutShortException("is cut short");
        }
        return buffer.flip();
    }

    private static String machine(short number) {
        return switch (number) {
            case 62 -> "x86_64";
            case 183 -> "aarch64";
            case 21 -> "ppc64";
            case 3 -> "32-bit x86";
            default -> "number " + number + " of the ELF specification";
        };
    }

    /** This machine's processor, as library names give it. */
    static String thisMachine() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name;
    }
}
