// Softmax over the columns of each row. With m = max x:
//   softmax:           y = exp(x - m) / sum exp(x - m)
//   log_softmax:       y = x - m - log sum exp(x - m)
//   softmax_backward:  dx = y (dy - sum(y dy))
//
// softmax_rows_t, log_softmax_rows_t: (T* x, T* y, i64 rows, i64 columns).
// softmax_backward_rows_t: (T* y, T* dy, T* dx, i64 rows, i64 columns).
// One team a row (a warp, or a block for more than 1024 columns); a thread: every 32nd (256th) column.
#include "softmax.cuh"

template <bool LOG, class T> INLINE void softmax(const T* x, T* y, i64 rows, i64 columns, Value<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        const T* in = x + row * columns;
        T* out = y + row * columns;
        Value<T> max = row_max(in, columns, team, shared);
        Value<T> sum = row_sum_exp(in, max, columns, team, shared);
        Value<T> log_sum = LOG ? math_log(sum) : (Value<T>)0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Value<T> shifted = value_of(in[i]) - max;
            out[i] = element_as<T>(LOG ? shifted - log_sum : math_exp(shifted) / sum);
        }
    }
}

template <class T> INLINE void softmax_backward(const T* y, const T* dy, T* dx, i64 rows, i64 columns, Value<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        i64 base = row * columns;
        Value<T> inner = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            inner += value_of(y[base + i]) * value_of(dy[base + i]);
        }
        inner = team.combine<Summation>(inner, shared);
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            dx[base + i] = element_as<T>(value_of(y[base + i]) * (value_of(dy[base + i]) - inner));
        }
    }
}

#define KERNELS_OF(name, log_name, T)                                          \
    KERNEL name##_rows_##T(const type_##T* x, type_##T* y, i64 rows, i64 columns) { \
        __shared__ Value<type_##T> shared[WARPS];                              \
        softmax<false>(x, y, rows, columns, shared);                           \
    }                                                                          \
    KERNEL log_name##_rows_##T(const type_##T* x, type_##T* y, i64 rows, i64 columns) { \
        __shared__ Value<type_##T> shared[WARPS];                              \
        softmax<true>(x, y, rows, columns, shared);                            \
    }                                                                          \
    KERNEL name##_backward_rows_##T(                                           \
        const type_##T* y, const type_##T* dy, type_##T* dx, i64 rows, i64 columns) { \
        __shared__ Value<type_##T> shared[WARPS];                              \
        softmax_backward(y, dy, dx, rows, columns, shared);                    \
    }

FOR_FLOATS(KERNELS_OF, softmax, log_softmax)
