package dev.lamina.saving;

import java.util.regex.Pattern;

/** The entries of a model file. */
final class ArchiveNames {
    static final String FORMAT = "lamina/1";
    static final String METADATA = "metadata.json";
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "weights.json";

    private static final Pattern ARRAY = Pattern.compile("weights/(0|[1-9][0-9]{0,8})\\.npy");

    private ArchiveNames() {}

    static String array(int index) {
        return "weights/" + index + ".npy";
    }

    static boolean isArray(String name) {
        return ARRAY.matcher(name).matches();
    }

    static boolean isKnown(String name) {
        return name.equals(METADATA) || name.equals(CONFIG) || name.equals(WEIGHTS) || isArray(name);
    }
}
