package dev.lamina.data;

/**
 * How a CSV file is laid out. Start from {@link #defaults} and change what differs:
 * {@code CsvOptions.defaults().withSeparator(';').withSkippedRows(1)}.
 *
 * @param header whether the first row that is read holds names
 * @param separator the character between two cells
 * @param skippedRows how many lines at the start are passed over, such as the line of counts of scikit-learn's tables
 */
public record CsvOptions(Header header, char separator, int skippedRows) {
    /** Whether the first row holds the columns' names. */
    public enum Header {
        /** It does if none of its cells is a number. */
        AUTO,
        PRESENT,
        ABSENT
    }

    /** An {@link IllegalArgumentException} if the separator is a quote or line end, or the rows are negative. */
    public CsvOptions {
        if (separator == '"' || separator == '\n' || separator == '\r' || separator == '\0') {
            throw new IllegalArgumentException(
                    "[CsvOptions] expected a separator other than a quote or the end of a line; "
                            + "received character " + (int) separator + ". Use ',', ';', '\\t' or ' '.");
        }
        if (skippedRows < 0) {
            throw new IllegalArgumentException(
                    "[CsvOptions] expected 0 or more rows to skip; received " + skippedRows + ".");
        }
    }

    /** Commas, a header if there seems to be one, nothing skipped. */
    public static CsvOptions defaults() {
        return new CsvOptions(Header.AUTO, ',', 0);
    }

    public CsvOptions withHeader(Header header) {
        return new CsvOptions(header, separator, skippedRows);
    }

    public CsvOptions withSeparator(char separator) {
        return new CsvOptions(header, separator, skippedRows);
    }

    public CsvOptions withSkippedRows(int skippedRows) {
        return new CsvOptions(header, separator, skippedRows);
    }
}
