// Layer normalization of each row (Ba, Kiros and Hinton, 2016). With h = (x - mean) inverse, inverse = 1 / sqrt(variance + epsilon):
//   forward:   y = h gamma + beta
//   backward:  dx = inverse (g - mean(g) - h mean(g h)) with g = dy gamma; dgamma = sum dy h, dbeta = sum dy over the rows
//
// layer_norm_rows_t: (T* x, A* gamma, A* beta, T* y, A* mean, A* inverse, i64 rows, i64 columns, f64 epsilon).
// layer_norm_backward_rows_t: (T* x, A* gamma, A* mean, A* inverse, T* dy, T* dx, i64 rows, i64 columns).
// One team a row (a warp, or a block for more than 1024 columns); a thread: every 32nd (256th) column.
// layer_norm_backward_partial_t: (T* x, A* mean, A* inverse, T* dy, A* partial[chunks][2][columns], i64 rows, i64 columns, i64 chunk).
// layer_norm_backward_combine_t: (A* partial, A* dgamma, A* dbeta, i64 rows, i64 columns, i64 chunk).
// One thread: every eighth row (chunk) of one column.
#include "channels.cuh"

template <class T>
INLINE void forward(
    const T* x, const Sum<T>* gamma, const Sum<T>* beta, T* y, Sum<T>* means, Sum<T>* inverses, i64 rows, i64 columns,
    double epsilon, Sum<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        const T* in = x + row * columns;
        Sum<T> sum = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            sum += value_of(in[i]);
        }
        Sum<T> mean = team.combine<Summation>(sum, shared) / (Sum<T>)columns;
        Sum<T> squares = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> deviation = value_of(in[i]) - mean;
            squares += deviation * deviation;
        }
        Sum<T> variance = team.combine<Summation>(squares, shared) / (Sum<T>)columns;
        Sum<T> inverse = (Sum<T>)1 / math_sqrt(variance + (Sum<T>)epsilon);
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> h = (value_of(in[i]) - mean) * inverse;
            y[row * columns + i] = element_as<T>(h * gamma[i] + beta[i]);
        }
        if (team.member == 0) {
            means[row] = mean;
            inverses[row] = inverse;
        }
    }
}

template <class T>
INLINE void backward(
    const T* x, const Sum<T>* gamma, const Sum<T>* means, const Sum<T>* inverses, const T* dy, T* dx, i64 rows, i64 columns,
    Sum<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        i64 base = row * columns;
        Sum<T> mean = means[row];
        Sum<T> inverse = inverses[row];
        Sum<T> plain = 0;
        Sum<T> weighted = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> g = value_of(dy[base + i]) * gamma[i];
            plain += g;
            weighted += g * ((value_of(x[base + i]) - mean) * inverse);
        }
        plain = team.combine<Summation>(plain, shared) / (Sum<T>)columns;
        weighted = team.combine<Summation>(weighted, shared) / (Sum<T>)columns;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> g = value_of(dy[base + i]) * gamma[i];
            Sum<T> h = (value_of(x[base + i]) - mean) * inverse;
            dx[base + i] = element_as<T>(inverse * (g - plain - h * weighted));
        }
    }
}

/** h, from the statistics of each row. */
template <class T> struct Normalized {
    struct Column {};
    const Sum<T>* mean;
    const Sum<T>* inverse;

    __device__ __forceinline__ Column column(i64) const { return Column{}; }
    __device__ __forceinline__ Sum<T> value(const Column&, i64 row, Sum<T> x) const {
        return (x - mean[row]) * inverse[row];
    }
};

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_rows_##T(                                                    \
        const type_##T* x, const Sum<type_##T>* gamma, const Sum<type_##T>* beta, type_##T* y, \
        Sum<type_##T>* mean, Sum<type_##T>* inverse, i64 rows, i64 columns, double epsilon) {       \
        __shared__ Sum<type_##T> shared[WARPS];                                \
        forward(x, gamma, beta, y, mean, inverse, rows, columns, epsilon, shared); \
    }                                                                          \
    KERNEL name##_backward_rows_##T(                                           \
        const type_##T* x, const Sum<type_##T>* gamma, const Sum<type_##T>* mean, \
        const Sum<type_##T>* inverse, const type_##T* dy, type_##T* dx, i64 rows, i64 columns) {             \
        __shared__ Sum<type_##T> shared[WARPS];                                \
        backward(x, gamma, mean, inverse, dy, dx, rows, columns, shared);      \
    }                                                                          \
    KERNEL name##_backward_partial_##T(                                        \
        const type_##T* x, const Sum<type_##T>* mean, const Sum<type_##T>* inverse, const type_##T* dy, \
        Sum<type_##T>* partials, i64 rows, i64 columns, i64 chunk) {           \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        Normalized<type_##T> normalized = {mean, inverse};                     \
        gradient_sums(x, dy, partials, rows, columns, chunk, normalized, shared); \
    }                                                                          \
    KERNEL name##_backward_combine_##T(                                        \
        const Sum<type_##T>* partials, Sum<type_##T>* dgamma, Sum<type_##T>* dbeta, i64 rows, i64 columns, \
        i64 chunk) {                                                           \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        combine_gradients<Sum<type_##T>>(partials, dgamma, dbeta, (Sum<type_##T>*)nullptr, rows, columns, chunk, shared); \
    }

FOR_FLOATS(KERNELS_OF, layer_norm, )
