package dev.lamina.layers;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A read-only map that remembers which of its entries were looked at. */
final class ReadEntries extends AbstractMap<String, Object> {
    private final Map<String, Object> entries;
    private final Set<Object> read = new HashSet<>();

    ReadEntries(Map<String, Object> entries) {
        this.entries = entries;
    }

    @Override
    public @Nullable Object get(@Nullable Object key) {
        if (key != null) {
            read.add(key);
        }
        return entries.get(key);
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        if (key != null) {
            read.add(key);
        }
        return entries.containsKey(key);
    }

    /** Who goes through all entries has seen them all. */
    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        read.addAll(entries.keySet());
        return Collections.unmodifiableMap(entries).entrySet();
    }

    /** The entries that nobody looked at, without those that are null. */
    Map<String, Object> unread() {
        Map<String, Object> unread = new LinkedHashMap<>();
        entries.forEach((key, value) -> {
            if (value != null && !read.contains(key)) {
                unread.put(key, value);
            }
        });
        return unread;
    }
}
