// Cross-entropy of the logits x of each row. With z = log sum exp(x):
//   sparse_softmax_cross_entropy:           loss = z - x[label], NaN for a label outside [0, columns)
//   sparse_softmax_cross_entropy_backward:  dx = dy (exp(x - z) - [i = label])
//   softmax_cross_entropy:                  loss = sum t (z - x), t being weights of the same shape
//   softmax_cross_entropy_backward:         dx = dy (sum(t) exp(x - z) - t)
//
// sparse_..._rows_t_i: (T* logits, I* labels, T* loss, T* logSumExp, i64 rows, i64 columns).
// sparse_..._backward_rows_t_i: (T* logits, I* labels, T* logSumExp, T* dy, T* dx, i64 rows, i64 columns).
// softmax_cross_entropy_rows_t: (T* logits, T* targets, T* loss, T* logSumExp, i64 rows, i64 columns).
// softmax_cross_entropy_backward_rows_t: (T* logits, T* targets, T* logSumExp, T* dy, T* dx, i64 rows, i64 columns).
// One team a row (a warp, or a block for more than 1024 columns); a thread: every 32nd (256th) column.
#include "softmax.cuh"

template <class T, class I>
INLINE void sparse_forward(
    const T* x, const I* labels, T* loss, T* log_sum_exp, i64 rows, i64 columns, Value<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        const T* in = x + row * columns;
        Value<T> max = row_max(in, columns, team, shared);
        Value<T> log_sum = math_log(row_sum_exp(in, max, columns, team, shared));
        if (team.member == 0) {
            i64 label = value_of(labels[row]);
            bool valid = label >= 0 && label < columns;
            // max - x first: both may be large, their difference is exact where they are close.
            Value<T> gap = valid ? max - value_of(in[label]) : not_a_number((Value<T>)0);
            loss[row] = element_as<T>(gap + log_sum);
            log_sum_exp[row] = element_as<T>(max + log_sum);
        }
    }
}

template <class T, class I>
INLINE void sparse_backward(
    const T* x, const I* labels, const T* log_sum_exp, const T* dy, T* dx, i64 rows, i64 columns) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        i64 base = row * columns;
        i64 label = value_of(labels[row]);
        Value<T> normalizer = value_of(log_sum_exp[row]);
        Value<T> g = label >= 0 && label < columns ? value_of(dy[row]) : not_a_number((Value<T>)0);
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Value<T> softmax = math_exp(value_of(x[base + i]) - normalizer);
            dx[base + i] = element_as<T>(g * (i == label ? softmax - (Value<T>)1 : softmax));
        }
    }
}

template <class T>
INLINE void dense_forward(
    const T* x, const T* targets, T* loss, T* log_sum_exp, i64 rows, i64 columns, Value<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        const T* in = x + row * columns;
        const T* weights = targets + row * columns;
        Value<T> max = row_max(in, columns, team, shared);
        Value<T> log_sum = math_log(row_sum_exp(in, max, columns, team, shared));
        Value<T> sum = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            sum += value_of(weights[i]) * (max - value_of(in[i]) + log_sum);
        }
        sum = team.combine<Summation>(sum, shared);
        if (team.member == 0) {
            loss[row] = element_as<T>(sum);
            log_sum_exp[row] = element_as<T>(max + log_sum);
        }
    }
}

template <class T>
INLINE void dense_backward(
    const T* x, const T* targets, const T* log_sum_exp, const T* dy, T* dx, i64 rows, i64 columns, Value<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        i64 base = row * columns;
        Value<T> sum = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            sum += value_of(targets[base + i]);
        }
        sum = team.combine<Summation>(sum, shared);
        Value<T> normalizer = value_of(log_sum_exp[row]);
        Value<T> g = value_of(dy[row]);
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Value<T> softmax = math_exp(value_of(x[base + i]) - normalizer);
            dx[base + i] = element_as<T>(g * (sum * softmax - value_of(targets[base + i])));
        }
    }
}

#define SPARSE_OF(name, T, I)                                                  \
    KERNEL name##_rows_##T##_##I(                                              \
        const type_##T* logits, const type_##I* labels, type_##T* loss, type_##T* log_sum_exp, i64 rows, i64 columns) { \
        __shared__ Value<type_##T> shared[WARPS];                              \
        sparse_forward(logits, labels, loss, log_sum_exp, rows, columns, shared); \
    }                                                                          \
    KERNEL name##_backward_rows_##T##_##I(                                     \
        const type_##T* logits, const type_##I* labels, const type_##T* log_sum_exp, const type_##T* dy, \
        type_##T* dx, i64 rows, i64 columns) {                                 \
        sparse_backward(logits, labels, log_sum_exp, dy, dx, rows, columns);   \
    }
#define DENSE_OF(name, unused, T)                                              \
    KERNEL name##_rows_##T(                                                    \
        const type_##T* logits, const type_##T* targets, type_##T* loss, type_##T* log_sum_exp, i64 rows, \
        i64 columns) {                                                         \
        __shared__ Value<type_##T> shared[WARPS];                              \
        dense_forward(logits, targets, loss, log_sum_exp, rows, columns, shared); \
    }                                                                          \
    KERNEL name##_backward_rows_##T(                                           \
        const type_##T* logits, const type_##T* targets, const type_##T* log_sum_exp, const type_##T* dy, \
        type_##T* dx, i64 rows, i64 columns) {                                 \
        __shared__ Value<type_##T> shared[WARPS];                              \
        dense_backward(logits, targets, log_sum_exp, dy, dx, rows, columns, shared); \
    }

FOR_INTEGERS(SPARSE_OF, sparse_softmax_cross_entropy, f32)
FOR_INTEGERS(SPARSE_OF, sparse_softmax_cross_entropy, f64)
FOR_INTEGERS(SPARSE_OF, sparse_softmax_cross_entropy, bf16)
FOR_INTEGERS(SPARSE_OF, sparse_softmax_cross_entropy, f16)
FOR_FLOATS(DENSE_OF, softmax_cross_entropy, )
