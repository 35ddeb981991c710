package dev.lamina.data;

import dev.lamina.errors.DataException;
import dev.lamina.tensor.Shape;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the header of an NPY file says: the Python literal {@code {'descr': '<f4', 'fortran_order': False, 'shape': (3,
 * 4), }}. Parsed as exactly that, never evaluated.
 *
 * @param type the element type in the file
 * @param order the byte order of the elements
 * @param fortran whether the first axis varies fastest
 * @param shape the shape
 */
record NpyHeader(RawType type, ByteOrder order, boolean fortran, Shape shape) {
    private static final int MAX_RANK = 64;
    private static final Set<String> KEYS = Set.of("descr", "fortran_order", "shape");

    private static final Map<String, RawType> TYPES = Map.ofEntries(
            Map.entry("b1", RawType.BOOL),
            Map.entry("u1", RawType.UINT8),
            Map.entry("i1", RawType.INT8),
            Map.entry("u2", RawType.UINT16),
            Map.entry("i2", RawType.INT16),
            Map.entry("u4", RawType.UINT32),
            Map.entry("i4", RawType.INT32),
            Map.entry("i8", RawType.INT64),
            Map.entry("f2", RawType.FLOAT16),
            Map.entry("f4", RawType.FLOAT32),
            Map.entry("f8", RawType.FLOAT64));

    /**
     * @param text the header after its length, padding included
     * @param name the file's name, for messages
     */
    static NpyHeader parse(String text, String name) {
        Map<String, Object> values = new Parser(text, name).dictionary();
        if (!values.keySet().equals(KEYS)) {
            throw malformed(name, "the keys descr, fortran_order and shape", String.join(", ", values.keySet()));
        }
        if (!(values.get("descr") instanceof String descr)) {
            throw new DataException("[NpyFormat] expected elements of one plain type in " + name
                    + "; received a structured array. Save its fields one by one.");
        }
        if (!(values.get("fortran_order") instanceof Boolean fortran)) {
            throw malformed(name, "True or False for fortran_order", String.valueOf(values.get("fortran_order")));
        }
        if (!(values.get("shape") instanceof List<?> sizes)) {
            throw malformed(name, "a tuple for shape", String.valueOf(values.get("shape")));
        }
        if (sizes.size() > MAX_RANK) {
            throw malformed(name, "at most " + MAX_RANK + " axes", Integer.toString(sizes.size()));
        }
        Shape shape = Shape.of(sizes.stream().mapToInt(size -> (Integer) size).toArray());
        return new NpyHeader(type(descr, name), order(descr, name), fortran, shape);
    }

    private static RawType type(String descr, String name) {
        RawType type = descr.length() < 2 ? null : TYPES.get(descr.substring(1));
        if (type != null) {
            return type;
        }
        String hint = descr.endsWith("V2")
                ? "That is how NumPy saves bfloat16: cast to float32 first, array.astype(\"float32\")."
                : "Convert the array before saving, for instance array.astype(\"float32\").";
        throw new DataException("[NpyFormat] expected elements of type f2, f4, f8, i1, i2, i4, i8, u1, u2, u4 or b1 in "
                + name + "; received \"" + descr + "\". " + hint);
    }

    private static ByteOrder order(String descr, String name) {
        return switch (descr.charAt(0)) {
            case '<' -> ByteOrder.LITTLE_ENDIAN;
            case '>' -> ByteOrder.BIG_ENDIAN;
            case '=', '|' -> ByteOrder.nativeOrder();
            default -> throw malformed(name, "a byte order <, >, = or | at the start of descr", '"' + descr + '"');
        };
    }

    /** The header's text for an array in row-major order. */
    static String format(String descr, Shape shape) {
        return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
    }

    static DataException malformed(String name, String expected, String received) {
        return new DataException("[NpyFormat] expected " + expected + " in the header of " + name + "; received "
                + received + ". The file is malformed: save it again with numpy.save.");
    }

    /** Reads the one form of literal that NPY allows: a dictionary of strings, booleans and a tuple of sizes. */
    private static final class Parser {
        private final String text;
        private final String name;
        private int at;

        Parser(String text, String name) {
            this.text = text;
            this.name = name;
        }

        Map<String, Object> dictionary() {
            Map<String, Object> values = new LinkedHashMap<>();
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                if (values.put(key, value()) != null) {
                    throw malformed(name, "each key once", key + " twice");
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (at < text.length()) {
                throw unexpected("only spaces after the dictionary");
            }
            return values;
        }

        private Object value() {
            skipSpace();
            if (text.startsWith("True", at)) {
                at += 4;
                return true;
            }
            if (text.startsWith("False", at)) {
                at += 5;
                return false;
            }
            if (peek() == '(') {
                return tuple();
            }
            if (peek() == '[') {
                throw new DataException("[NpyFormat] expected elements of one plain type in " + name
                        + "; received a structured array. Save its fields one by one.");
            }
            return string();
        }

        private List<Integer> tuple() {
            expect('(');
            Integer[] sizes = new Integer[MAX_RANK + 1];
            int rank = 0;
            boolean comma = false;
            while (!accept(')')) {
                if ((rank > 0 && !comma) || rank > MAX_RANK) {
                    throw unexpected(rank > MAX_RANK ? "at most " + MAX_RANK + " axes" : "a comma between sizes");
                }
                sizes[rank++] = size();
                comma = accept(',');
            }
            if (rank == 1 && !comma) {
                throw unexpected("a comma after the only size");
            }
            return Arrays.asList(sizes).subList(0, rank);
        }

        private int size() {
            skipSpace();
            int start = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == start) {
                throw unexpected("a size");
            }
            try {
                return Integer.parseInt(text, start, at, 10);
            } catch (NumberFormatException e) {
                throw malformed(name, "sizes of at most " + Integer.MAX_VALUE, abbreviate(text.substring(start, at)));
            }
        }

        private String string() {
            skipSpace();
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw unexpected("a string, True, False or a tuple");
            }
            int end = text.indexOf(quote, at + 1);
            if (end < 0 || text.substring(at, end).indexOf('\\') >= 0) {
                throw unexpected("a plain string");
            }
            String value = text.substring(at + 1, end);
            at = end + 1;
            return value;
        }

        private void expect(char wanted) {
            if (!accept(wanted)) {
                throw unexpected("\"" + wanted + "\"");
            }
        }

        private boolean accept(char wanted) {
            skipSpace();
            if (peek() != wanted) {
                return false;
            }
            at++;
            return true;
        }

        private void skipSpace() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
                at++;
            }
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private DataException unexpected(String expected) {
            String rest =
                    at < text.length() ? '"' + abbreviate(text.substring(at).strip()) + '"' : "its end";
            return malformed(name, expected + " at character " + at, rest);
        }

        private static String abbreviate(String text) {
            return text.length() <= 40 ? text : text.substring(0, 40) + "...";
        }
    }
}
