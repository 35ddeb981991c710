// Binary arithmetic:  y[i] = f(a[i], b[i]).
//
// <name>_t: (T* a, T* b, T* y, i64 n, i32 scalars), scalars: 1 if a is one element, + 2 if b is. One thread: packs of 16 bytes.
// <name>_broadcast_t: (T* a, T* b, T* y, Strides s, i64 n). One thread: single elements, their places worked out from the strides.
// <name>_rows_t: (T* x, T* v, T* y, i64 rows, i64 columns, i32 left): y[r][c] = x[r][c] op v[c]. One thread: packs of 16 bytes.
#include "functions.cuh"

#define KERNELS_OF(name, Name, T)                                              \
    KERNEL name##_##T(const type_##T* a, const type_##T* b, type_##T* y, i64 n, int scalars) { \
        map_binary<Name<Value<type_##T>>>(a, b, y, n, scalars);                \
    }                                                                          \
    KERNEL name##_broadcast_##T(const type_##T* a, const type_##T* b, type_##T* y, const Strides s, i64 n) { \
        map_broadcast<Name<Value<type_##T>>>(a, b, y, s, n);                   \
    }
#define ROWS_OF(name, Name, T)                                                 \
    KERNEL name##_rows_##T(const type_##T* x, const type_##T* v, type_##T* y, i64 rows, i64 columns, int left) { \
        map_rows<Name<Value<type_##T>>>(x, v, y, rows, columns, left);         \
    }

FOR_NUMBERS(KERNELS_OF, add, Add)
FOR_NUMBERS(KERNELS_OF, subtract, Subtract)
FOR_NUMBERS(KERNELS_OF, multiply, Multiply)
FOR_FLOATS(KERNELS_OF, divide, Divide)
FOR_NUMBERS(KERNELS_OF, floor_divide, FloorDivide)
FOR_NUMBERS(KERNELS_OF, mod, Mod)
FOR_FLOATS(KERNELS_OF, power, Power)
FOR_NUMBERS(KERNELS_OF, maximum, Maximum)
FOR_NUMBERS(KERNELS_OF, minimum, Minimum)
FOR_FLOATS(ROWS_OF, add, Add)
FOR_FLOATS(ROWS_OF, subtract, Subtract)
FOR_FLOATS(ROWS_OF, multiply, Multiply)
FOR_FLOATS(ROWS_OF, divide, Divide)
