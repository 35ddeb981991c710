package dev.lamina.callbacks;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file name with places for the epoch and the logs, in Python's way: {@code {epoch:02d}-{val_loss:.2f}.keras}. */
final class FileNameTemplate {
    private static final Pattern PLACE = Pattern.compile("\\{([^{}:]*)(?::([^{}]*))?}");
    private static final Pattern FORM = Pattern.compile("(0?)(\\d{0,3})(\\.\\d{1,3})?([dfeg]?)");

    private final String text;

    FileNameTemplate(String text) {
        this.text = text;
    }

    /** The name with values put in. */
    Path fill(Map<String, Number> values) {
        Matcher matcher = PLACE.matcher(text);
        StringBuilder name = new StringBuilder();
        while (matcher.find()) {
            Number value = values.get(matcher.group(1));
            if (value == null) {
                throw new IllegalArgumentException(
                        "[ModelCheckpoint] expected a name of the logs for a place in the file "
                                + "name \"" + text + "\", one of " + values.keySet() + "; received \""
                                + matcher.group(1)
                                + "\".");
            }
            String form = matcher.group(2) == null ? "" : matcher.group(2);
            matcher.appendReplacement(name, Matcher.quoteReplacement(format(form, value)));
        }
        matcher.appendTail(name);
        return Path.of(name.toString());
    }

    private String format(String form, Number value) {
        Matcher matcher = FORM.matcher(form);
        boolean whole = value instanceof Integer;
        if (!matcher.matches() || matcher.group(4).equals("d") && !whole) {
            throw new IllegalArgumentException(
                    "[ModelCheckpoint] expected a format such as 02d for whole numbers or .2f "
                            + "for others in the file name \"" + text + "\"; received \"" + form + "\".");
        }
        if (form.isEmpty()) {
            return String.valueOf(value);
        }
        String width = matcher.group(2).isEmpty() ? "" : matcher.group(1) + matcher.group(2);
        String precision = matcher.group(3) == null ? "" : matcher.group(3);
        String kind = matcher.group(4).isEmpty() ? whole && precision.isEmpty() ? "d" : "g" : matcher.group(4);
        return kind.equals("d")
                ? String.format(Locale.ROOT, "%" + width + "d", value)
                : String.format(Locale.ROOT, "%" + width + precision + kind, value.doubleValue());
    }
}
