package dev.lamina.callbacks;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;

/** The hooks that are called for single batches of training and evaluation. */
final class BatchHooks {
    private static final Set<String> NAMES =
            Set.of("onTrainBatchBegin", "onTrainBatchEnd", "onTestBatchBegin", "onTestBatchEnd");

    private BatchHooks() {}

    /** Whether a class, or one that it extends, has one of its own; a method of the same name counts. */
    static boolean areOverridden(Class<? extends Callback> type) {
        return Arrays.stream(type.getMethods()).anyMatch(BatchHooks::isOwn);
    }

    private static boolean isOwn(Method method) {
        return NAMES.contains(method.getName()) && method.getDeclaringClass() != Callback.class;
    }
}
