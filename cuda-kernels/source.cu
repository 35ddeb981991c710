// Elements from nowhere:  fill: y[i] = value;  range: y[i] = start + i.
//
// fill_b<size>: (E* y, i64 n, u64 bits), the element's bits being the low bytes. One thread: packs of 16 bytes in grid strides.
// range_t: (T* y, i64 n, i64 start). One thread: single elements in grid strides.
#include "common.cuh"

template <class E> INLINE void fill(E* y, i64 n, E value) {
    constexpr int N = pack_width(sizeof(E));
    i64 packs = Pack<E, N>::aligned(y) ? n / N : 0;
    Pack<E, N> pack;
    UNROLLED
    for (int k = 0; k < N; k++) {
        pack.item[k] = value;
    }
    for (i64 p = thread_index(); p < packs; p += thread_count()) {
        pack.store(y + p * N);
    }
    for (i64 i = packs * N + thread_index(); i < n; i += thread_count()) {
        y[i] = value;
    }
}

#define FILL_OF(name, unused, E)                                               \
    KERNEL name##_##E(type_##E* y, i64 n, u64 bits) { fill(y, n, (type_##E)bits); }
#define RANGE_OF(name, unused, T)                                              \
    KERNEL name##_##T(type_##T* y, i64 n, i64 start) {                         \
        for (i64 i = thread_index(); i < n; i += thread_count()) {             \
            y[i] = element_as<type_##T>(start + i);                            \
        }                                                                      \
    }

FOR_SIZES(FILL_OF, fill, )
FOR_NUMBERS(RANGE_OF, range, )
