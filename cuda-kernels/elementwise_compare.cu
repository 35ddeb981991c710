// Comparisons and logic:  y[i] = a[i] op b[i], as bool. NaN equals nothing and is neither less nor greater.
//
// <name>_t: (T* a, T* b, bool* y, i64 n, i32 scalars), scalars: 1 if a is one element, + 2 if b is. One thread: packs of 16 bytes.
// <name>_broadcast_t: (T* a, T* b, bool* y, Strides s, i64 n). One thread: single elements, their places worked out from the strides.
#include "functions.cuh"

#define KERNELS_OF(name, Name, T)                                              \
    KERNEL name##_##T(const type_##T* a, const type_##T* b, type_bool* y, i64 n, int scalars) { \
        map_binary<Name<Value<type_##T>>>(a, b, y, n, scalars);                \
    }                                                                          \
    KERNEL name##_broadcast_##T(const type_##T* a, const type_##T* b, type_bool* y, const Strides s, i64 n) { \
        map_broadcast<Name<Value<type_##T>>>(a, b, y, s, n);                   \
    }

FOR_ALL(KERNELS_OF, equal, Equal)
FOR_ALL(KERNELS_OF, not_equal, NotEqual)
FOR_NUMBERS(KERNELS_OF, less, Less)
FOR_NUMBERS(KERNELS_OF, less_equal, LessEqual)
FOR_NUMBERS(KERNELS_OF, greater, Greater)
FOR_NUMBERS(KERNELS_OF, greater_equal, GreaterEqual)
KERNELS_OF(logical_and, LogicalAnd, bool)
KERNELS_OF(logical_or, LogicalOr, bool)
