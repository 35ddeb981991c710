// Ops driven by integer indices:
//   gather:   y[i][j] = table[indices[i]][j]; `missing` for an index outside of the table
//   one_hot:  y[i][d] = `one` if indices[i] = d, else 0
//
// gather_b<size>_i: (E* table, I* indices, E* y, i64 rows, i64 count, i64 entry, u64 missing). One thread: single elements.
// one_hot_b<size>_i: (I* indices, E* y, i64 count, i64 depth, u64 one). One thread: single elements.
#include "common.cuh"

template <class E, class I>
INLINE void gather(const E* table, const I* indices, E* y, i64 rows, i64 count, i64 entry, E missing) {
    ROLLED
    for (i64 i = thread_index(); i < count * entry; i += thread_count()) {
        i64 at = i <= 0xffffffffll && entry <= 0xffffffffll ? (unsigned)i / (unsigned)entry : i / entry;
        i64 index = value_of(indices[at]);
        y[i] = index >= 0 && index < rows ? table[index * entry + (i - at * entry)] : missing;
    }
}

template <class E, class I> INLINE void one_hot(const I* indices, E* y, i64 count, i64 depth, E one) {
    ROLLED
    for (i64 i = thread_index(); i < count * depth; i += thread_count()) {
        i64 at = i <= 0xffffffffll && depth <= 0xffffffffll ? (unsigned)i / (unsigned)depth : i / depth;
        y[i] = value_of(indices[at]) == i - at * depth ? one : (E)0;
    }
}

#define GATHER_OF(name, I, E)                                                  \
    KERNEL name##_##E##_##I(                                                   \
        const type_##E* table, const type_##I* indices, type_##E* y, i64 rows, i64 count, i64 entry, u64 missing) { \
        gather(table, indices, y, rows, count, entry, (type_##E)missing);      \
    }
#define ONE_HOT_OF(name, I, E)                                                 \
    KERNEL name##_##E##_##I(const type_##I* indices, type_##E* y, i64 count, i64 depth, u64 one) { \
        one_hot(indices, y, count, depth, (type_##E)one);                      \
    }
#define KERNELS_OF(I)                                                          \
    FOR_SIZES(GATHER_OF, gather, I)                                            \
    FOR_SIZES(ONE_HOT_OF, one_hot, I)

KERNELS_OF(i32)
KERNELS_OF(i64)
KERNELS_OF(u8)
