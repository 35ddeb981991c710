// The bias of a layer:  y[r][c] = x[r][c] + bias[c].
//
// Arguments: (T* x, T* bias, T* y, i64 rows, i64 columns); y may be x. One thread: packs of 16 bytes in grid strides.
#include "elementwise.cuh"

struct Plus : Function<true> {
    template <class V> INLINE V value(V a, V b) { return a + b; }
};

#define KERNEL_OF(name, unused, T)                                             \
    KERNEL name##_##T(const type_##T* x, const type_##T* bias, type_##T* y, i64 rows, i64 columns) { \
        map_rows<Plus>(x, bias, y, rows, columns, 0);                          \
    }

FOR_FLOATS(KERNEL_OF, bias_add, )
