package dev.lamina.callbacks;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;

/** The hooks that are called for single batches of training and evaluation. */
final class BatchHooks {
    private static final Set<String> NAMES =
            Set.of("onTrainBatchBegin", "onTrainBatchEnd", "onTestBatchBegin", "onTestBatchEnd");

    /** Looked up once a class, since it is asked for before every execution. */
    private static final ClassValue<Boolean> OVERRIDDEN = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return Arrays.stream(type.getMethods()).anyMatch(BatchHooks::isOwn);
        }
    };

    private BatchHooks() {}

    /** Whether a class, or one that it extends, has one of its own; a method of the same name counts. */
    static boolean areOverridden(Class<? extends Callback> type) {
        return OVERRIDDEN.get(type);
    }

    private static boolean isOwn(Method method) {
        return NAMES.contains(method.getName()) && method.getDeclaringClass() != Callback.class;
    }
}
