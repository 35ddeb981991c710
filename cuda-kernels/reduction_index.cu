// Where the extremes lie:  y = the index of the first largest (smallest) element of x; a NaN beats every number.
//
// arg<extreme>_rows_t: (T* x, i32* y, i64 outer, i64 count). One team (a warp, or a block for more than 1024 elements): one row; a
// thread: every 32nd (256th) element of it.
// arg<extreme>_columns_t: (T* x, i32* y, i64 outer, i64 count, i64 inner). One thread: one column at a time.
#include "reduction_index.cuh"

template <bool LARGEST, class T>
INLINE void arg_rows(const T* x, int* y, i64 outer, i64 count, Value<T>* values, i64* indices) {
    Team team = Team::of(count);
    ROLLED
    for (i64 row = team.first; row < outer; row += team.step) {
        i64 found = arg_row<LARGEST>(x + row * count, count, team, values, indices);
        if (team.member == 0) {
            y[row] = (int)found;
        }
    }
}

template <bool LARGEST, class T> INLINE void arg_columns(const T* x, int* y, i64 outer, i64 count, i64 inner) {
    ROLLED
    for (i64 unit = thread_index(); unit < outer * inner; unit += thread_count()) {
        i64 row = unit / inner;
        const T* at = x + row * count * inner + (unit - row * inner);
        Value<T> best = value_of(at[0]);
        i64 found = 0;
        ROLLED
        for (i64 i = 1; i < count; i++) {
            challenge<LARGEST>(value_of(at[i * inner]), i, best, found);
        }
        y[unit] = (int)found;
    }
}

#define KERNELS_OF(name, largest, T)                                           \
    KERNEL name##_rows_##T(const type_##T* x, int* y, i64 outer, i64 count) {  \
        __shared__ Value<type_##T> values[WARPS];                              \
        __shared__ i64 indices[WARPS];                                         \
        arg_rows<largest>(x, y, outer, count, values, indices);                \
    }                                                                          \
    KERNEL name##_columns_##T(const type_##T* x, int* y, i64 outer, i64 count, i64 inner) { \
        arg_columns<largest>(x, y, outer, count, inner);                       \
    }

FOR_NUMBERS(KERNELS_OF, argmax, true)
FOR_NUMBERS(KERNELS_OF, argmin, false)
