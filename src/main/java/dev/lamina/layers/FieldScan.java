package dev.lamina.layers;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the parts of a layer by looking at its fields: superclass first, in the order of declaration; static, transient
 * and synthetic fields are skipped. Lists, maps, arrays, records and optionals are looked into; cycles are cut.
 */
public final class FieldScan {
    private static final Map<Class<?>, List<Field>> FIELDS = new ConcurrentHashMap<>();

    private FieldScan() {}

    /**
     * Shows every object found to the visitor, with the name of its field (and the place within a container,
     * {@code blocks.0}).
     *
     * @param leaf whether an object is a part in itself, and is not looked into
     */
    public static void visit(
            Object root, java.util.function.Predicate<Object> leaf, BiConsumer<String, Object> visitor) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        seen.add(root);
        for (Field field : fields(root.getClass())) {
            descend(field.getName(), value(field, root), leaf, visitor, seen);
        }
    }

    private static void descend(
            String name,
            @Nullable Object value,
            java.util.function.Predicate<Object> leaf,
            BiConsumer<String, Object> visitor,
            Set<Object> seen) {
        if (value == null || !isInteresting(value, leaf) || !seen.add(value)) {
            return;
        }
        if (leaf.test(value)) {
            visitor.accept(name, value);
            return;
        }
        int index = 0;
        switch (value) {
            case Iterable<?> items -> {
                for (Object item : items) {
                    descend(name + "." + index++, item, leaf, visitor, seen);
                }
            }
            case Map<?, ?> map -> {
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    descend(name + "." + entry.getKey(), entry.getValue(), leaf, visitor, seen);
                }
            }
            case Object[] items -> {
                for (Object item : items) {
                    descend(name + "." + index++, item, leaf, visitor, seen);
                }
            }
            case Optional<?> optional -> {
                if (optional.isPresent()) {
                    descend(name, optional.get(), leaf, visitor, seen);
                }
            }
            case Record record -> {
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    descend(name + "." + component.getName(), value(component, record), leaf, visitor, seen);
                }
            }
            default -> {}
        }
    }

    private static boolean isInteresting(Object value, java.util.function.Predicate<Object> leaf) {
        return value instanceof Iterable<?> && !(value instanceof java.nio.file.Path)
                || value instanceof Map<?, ?>
                || value instanceof Object[]
                || value instanceof Optional<?>
                || value instanceof Record
                || leaf.test(value);
    }

    private static List<Field> fields(Class<?> type) {
        return FIELDS.computeIfAbsent(type, t -> {
            List<Field> fields = new ArrayList<>();
            for (Class<?> c = t; c != null && c != Object.class; c = c.getSuperclass()) {
                List<Field> own = new ArrayList<>();
                for (Field field : c.getDeclaredFields()) {
                    int modifiers = field.getModifiers();
                    boolean skipped =
                            Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers) || field.isSynthetic();
                    if (!skipped && !field.getType().isPrimitive() && field.getType() != String.class) {
                        own.add(accessible(field));
                    }
                }
                fields.addAll(0, own);
            }
            return List.copyOf(fields);
        });
    }

    private static Field accessible(Field field) {
        try {
            field.setAccessible(true);
            return field;
        } catch (InaccessibleObjectException e) {
            Class<?> owner = field.getDeclaringClass();
            throw new IllegalStateException(
                    "[" + owner.getSimpleName() + "] expected to be allowed to look at the field \""
                            + field.getName() + "\" for layers and weights; the module "
                            + owner.getModule().getName()
                            + " does not open its package. Add \"opens " + owner.getPackageName()
                            + " to dev.lamina;\" to its module-info.java, or hand the parts over with track(name, layer).",
                    e);
        }
    }

    private static @Nullable Object value(Field field, Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(
                    "[" + owner.getClass().getSimpleName() + "] can't read the field \"" + field.getName() + "\".", e);
        }
    }

    private static @Nullable Object value(RecordComponent component, Record owner) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            throw new IllegalStateException(
                    "[" + owner.getClass().getSimpleName() + "] can't read the component \"" + component.getName()
                            + "\".",
                    e);
        }
    }
}
