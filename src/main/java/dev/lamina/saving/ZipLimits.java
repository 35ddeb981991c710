package dev.lamina.saving;

/** What a file may claim of its content. */
final class ZipLimits {
    /** Deflate packs at most 1,032 bytes into one. */
    static final long DEFLATE = 1032;

    /** Bytes of an array that is declared but was never written, which HDF5 fills with zeros. */
    static final long UNSTORED = 1 << 24;

    /** Weights are numbers that hardly shrink: more than so many bytes in one are a bomb, */
    static final long RATIO = 100;

    /** unless they are no more than this. */
    static final long FREE = 1 << 26;

    private ZipLimits() {}
}
