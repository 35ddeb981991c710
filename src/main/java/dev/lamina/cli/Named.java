package dev.lamina.cli;

/** A choice that has a name on the command line. */
interface Named {
    String label();
}
