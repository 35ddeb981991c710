package dev.lamina.backend.cuda;

import dev.lamina.tensor.DType;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Remembers kernels by what they are chosen by, so that a launch builds no name. Used under the device's lock. */
final class KernelTable<K> {
    /** The name of the kernel for a key and one or two types. */
    interface Naming<K> {
        String name(K key, DType first, DType second);
    }

    private final KernelLibrary library;
    private final Naming<K> naming;
    private final Map<K, Map<DType, Map<DType, CudaKernel>>> known = new HashMap<>();

    KernelTable(KernelLibrary library, Naming<K> naming) {
        this.library = library;
        this.naming = naming;
    }

    /** Kernels named {@code <root>_<type>}. */
    static KernelTable<String> typed(KernelLibrary library) {
        return new KernelTable<>(library, (root, type, _) -> root + "_" + type(type));
    }

    /** Kernels named {@code <root>_b<element size>}. */
    static KernelTable<String> sized(KernelLibrary library) {
        return new KernelTable<>(library, (root, type, _) -> root + "_" + size(type));
    }

    /** Kernels named {@code <root>_<first type>_<second type>}. */
    static KernelTable<String> twiceTyped(KernelLibrary library) {
        return new KernelTable<>(library, (root, first, second) -> root + "_" + type(first) + "_" + type(second));
    }

    CudaKernel get(K key, DType type) {
        return get(key, type, type);
    }

    CudaKernel get(K key, DType first, DType second) {
        Map<DType, CudaKernel> row = known.computeIfAbsent(key, _ -> new EnumMap<>(DType.class))
                .computeIfAbsent(first, _ -> new EnumMap<>(DType.class));
        CudaKernel kernel = row.get(second);
        if (kernel == null) {
            kernel = library.kernel(naming.name(key, first, second));
            row.put(second, kernel);
        }
        return kernel;
    }

    /** A type in the names of kernels. */
    static String type(DType dtype) {
        return switch (dtype) {
            case FLOAT32 -> "f32";
            case FLOAT64 -> "f64";
            case BFLOAT16 -> "bf16";
            case FLOAT16 -> "f16";
            case INT32 -> "i32";
            case INT64 -> "i64";
            case UINT8 -> "u8";
            case BOOL -> "bool";
        };
    }

    /** A size of elements in the names of kernels that only move bits. */
    static String size(DType dtype) {
        return "b" + dtype.bytes();
    }
}
