package dev.lamina.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What tests of native code need: CI=true promises it, elsewhere they are skipped without it. */
final class Libraries {
    private Libraries() {}

    static void needLoops() {
        need(Loops.PRESENT, "the native loops", "they were not built: there is no C compiler");
    }

    static void needProducts() {
        need(Products.widest() > 0, "the products", "there are none in C for this processor");
    }

    static void needOneDnn() {
        need(OneDnn.instance().isPresent(), "oneDNN", OneDnn.status());
    }

    private static void need(boolean there, String what, String why) {
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as(what + ", which CI=true promises").isTrue();
        }
        assumeTrue(there, what + ": " + why);
    }
}
