package dev.lamina.runtime;

import java.util.Set;

/** Finds the place in the user's code that led here, for messages: {@code TrainStep.java:88}. */
final class CallSite {
    private static final StackWalker WALKER = StackWalker.getInstance();

    /** Packages that only pass an op on. */
    private static final Set<String> INSIDE = Set.of("dev.lamina.runtime", "dev.lamina.ops", "dev.lamina.tensor");

    private CallSite() {}

    /** The innermost frame outside of the packages that every op goes through. */
    static String ofUser() {
        return WALKER.walk(frames -> frames.filter(frame -> !INSIDE.contains(packageOf(frame.getClassName())))
                .findFirst()
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
                .orElse("an unknown place"));
    }

    private static String packageOf(String className) {
        return className.substring(0, Math.max(0, className.lastIndexOf('.')));
    }
}
