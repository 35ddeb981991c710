package dev.lamina.saving;

/** The entries of a .keras file. */
final class ArchiveNames {
    static final String METADATA = "metadata.json";
    static final String CONFIG = "config.json";
    static final String WEIGHTS = "model.weights.h5";

    /** The Keras whose files Lamina writes. */
    static final String KERAS_VERSION = "3.15.1";

    private static final String ASSETS = "assets/";

    private ArchiveNames() {}

    static boolean isKnown(String name) {
        return name.equals(METADATA) || name.equals(CONFIG) || name.equals(WEIGHTS) || isAsset(name);
    }

    /** Files of layers such as vocabularies; Lamina has no such layer, and reads none. */
    private static boolean isAsset(String name) {
        return name.startsWith(ASSETS) && !name.contains("..") && !name.contains("\\");
    }
}
