package dev.lamina.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import dev.lamina.errors.DataException;
import dev.lamina.tensor.HostArray;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads tables of numbers from CSV. Empty lines are passed over; cells may be quoted and have spaces around. */
public final class CsvReader {
    private static final String WHERE = "CsvReader";

    /** A quick look before parsing: Java's parser alone would also take "1f" and "0x1p3". */
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

    private static final Set<String> NOT_FINITE =
            Set.of("nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity");

    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    private final String name;
    private final CsvOptions options;
    private float[] values = new float[1024];
    private int count;
    private int columns = -1;

    private CsvReader(String name, CsvOptions options) {
        this.name = name;
        this.options = options;
    }

    /** Reads a file with {@link CsvOptions#defaults}. */
    public static HostArray read(Path file) {
        return read(file, CsvOptions.defaults());
    }

    /**
     * Reads a whole file, UTF-8, gzip or plain; which of the two is seen from its first bytes. Values are rounded to
     * float32, so whole numbers are exact up to 16,777,216; {@code nan} and {@code inf} are values too.
     *
     * @return float32 {@code (rows, columns)}, with at least one row
     * @throws DataException if the file is missing, holds no row, has rows of unequal length, or a cell is not a
     *     number; the message names line, column and text
     */
    public static HostArray read(Path file, CsvOptions options) {
        try (ByteSource source = ByteSource.open(WHERE, file)) {
            return read(source.stream(), source.name(), options);
        }
    }

    /** Reads a stream to its end and closes it. */
    static HostArray read(InputStream in, String name, CsvOptions options) {
        return new CsvReader(name, options).read(in);
    }

    private HostArray read(InputStream in) {
        // Unequal rows are left to this class, which names the line.
        try (var csv = de.siegmar.fastcsv.reader.CsvReader.builder()
                .fieldSeparator(options.separator())
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .trimWhitespacesAroundQuotes(true)
                .allowUnclosedQuote(false)
                .detectBomHeader(true)
                .ofCsvRecord(in, StandardCharsets.UTF_8)) {
            skip(csv);
            Iterator<CsvRecord> rows = csv.iterator();
            boolean first = true;
            while (rows.hasNext()) {
                CsvRecord row = rows.next();
                if (first) {
                    columns = row.getFieldCount();
                }
                if (!first || !isHeader(row)) {
                    add(row);
                }
                first = false;
            }
        } catch (IOException e) {
            throw ByteSource.unreadable(WHERE, name, e);
        } catch (UncheckedIOException e) {
            IOException cause = e.getCause();
            throw cause == null ? e : ByteSource.unreadable(WHERE, name, cause);
        } catch (CsvParseException e) {
            throw parseFailure(e);
        }
        if (count == 0) {
            throw new DataException(noRows());
        }
        return HostArray.of(Arrays.copyOf(values, count), count / columns, columns);
    }

    private void skip(de.siegmar.fastcsv.reader.CsvReader<CsvRecord> csv) {
        try {
            csv.skipLines(options.skippedRows());
        } catch (UncheckedIOException | CsvParseException e) {
            // FastCSV's has no message; that of a truncated gzip file has one.
            if (e.getCause() instanceof EOFException end && end.getMessage() == null) {
                throw new DataException(noRows(), e);
            }
            throw e;
        }
    }

    private String noRows() {
        return "[" + WHERE + "] expected at least one row of numbers in " + name
                + "; received none. Check the file, and the options for header and skipped rows.";
    }

    private boolean isHeader(CsvRecord row) {
        return switch (options.header()) {
            case PRESENT -> true;
            case ABSENT -> false;
            case AUTO -> row.getFields().stream().noneMatch(cell -> isNumber(cell.strip()));
        };
    }

    private void add(CsvRecord row) {
        if (row.getFieldCount() != columns) {
            throw new DataException("[" + WHERE + "] expected " + columns + " cells a row in " + name
                    + ", as in the first row; received " + row.getFieldCount() + " in line "
                    + row.getStartingLineNumber()
                    + ". Check the separator and that line, or skip the first row if it is not part of the table.");
        }
        if (count > MAX_ELEMENTS - columns) {
            throw new DataException("[" + WHERE + "] expected at most " + MAX_ELEMENTS + " cells in " + name
                    + "; received more by line " + row.getStartingLineNumber() + ". Split the file.");
        }
        if (count + columns > values.length) {
            values = Arrays.copyOf(values, (int) Math.min(MAX_ELEMENTS, Math.max(count + columns, 2L * values.length)));
        }
        for (int column = 0; column < columns; column++) {
            values[count++] = number(row, column);
        }
    }

    private float number(CsvRecord row, int column) {
        String text = row.getField(column).strip();
        if (!isNumber(text)) {
            throw badCell("a number", row, column);
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (NOT_FINITE.contains(lower)) {
            return lower.endsWith("nan")
                    ? Float.NaN
                    : lower.startsWith("-") ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
        }
        float value = Float.parseFloat(text);
        if (Float.isInfinite(value)) {
            throw badCell("a number that float32 can hold", row, column);
        }
        return value;
    }

    private static boolean isNumber(String text) {
        return NUMBER.matcher(text).matches() || NOT_FINITE.contains(text.toLowerCase(Locale.ROOT));
    }

    private DataException badCell(String expected, CsvRecord row, int column) {
        String text = row.getField(column);
        return new DataException("[" + WHERE + "] expected " + expected + " in " + name + ", line "
                + row.getStartingLineNumber() + ", column " + (column + 1) + "; received \""
                + (text.length() <= 40 ? text : text.substring(0, 40) + "...")
                + "\". Encode text and missing values as numbers first, or check the separator and the header.");
    }

    private DataException parseFailure(CsvParseException e) {
        if (e.getCause() instanceof IOException io) {
            return ByteSource.unreadable(WHERE, name, io);
        }
        String detail = e.getCause() == null
                ? String.valueOf(e.getMessage())
                : e.getMessage() + " " + e.getCause().getMessage();
        return new DataException(
                "[" + WHERE + "] expected CSV in " + name + "; received something else: " + detail
                        + " Check that it is a text file and that its quotes are closed.",
                e);
    }
}
