package dev.lamina.config;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What a mistyped name may have meant. */
public final class CloseNames {
    private CloseNames() {}

    /** {@code " Did you mean a or b?"}, or nothing where no known name is close. */
    public static String suggest(String name, Collection<String> known) {
        List<String> close = known.stream()
                .filter(candidate -> distance(candidate.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT))
                        <= Math.max(1, name.length() / 3))
                .sorted()
                .toList();
        return close.isEmpty() ? "" : " Did you mean " + String.join(" or ", close) + "?";
    }

    /** The number of letters to insert, delete or replace (Levenshtein, 1966). */
    private static int distance(String a, String b) {
        if (b.length() > 2 * a.length()) {
            return Integer.MAX_VALUE; // too far to be worth the table
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
