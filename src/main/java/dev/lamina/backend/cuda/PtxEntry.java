package dev.lamina.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A kernel as its PTX declares it. */
record PtxEntry(String name, List<Integer> parameterBytes) {
    private static final String ENTRY = ".visible .entry ";
    private static final Pattern PARAMETER = Pattern.compile(
            "\\.param\\s+(?:\\.align\\s+\\d+\\s+)?\\.[a-z](\\d+)(?:\\s+\\.ptr[^,\\[]*)?\\s+\\w+(?:\\[(\\d+)])?");
    private static final int BITS = 8;

    PtxEntry {
        parameterBytes = List.copyOf(parameterBytes);
    }

    /** All kernels of a PTX text, in its order. */
    static List<PtxEntry> scan(String ptx) {
        List<PtxEntry> entries = new ArrayList<>();
        for (int at = ptx.indexOf(ENTRY); at >= 0; ) {
            int open = ptx.indexOf('(', at);
            int close = ptx.indexOf(')', open);
            List<Integer> sizes = new ArrayList<>();
            Matcher parameter = PARAMETER.matcher(ptx).region(open, close);
            while (parameter.find()) {
                int bytes = Integer.parseInt(parameter.group(1)) / BITS;
                sizes.add(parameter.group(2) == null ? bytes : bytes * Integer.parseInt(parameter.group(2)));
            }
            entries.add(new PtxEntry(ptx.substring(at + ENTRY.length(), open).strip(), sizes));
            at = ptx.indexOf(ENTRY, close);
        }
        return entries;
    }
}
