// Batch normalization of each channel over all rows (Ioffe and Szegedy, 2015). With h = (x - mean) / sqrt(variance + epsilon):
//   forward:   y = (x - mean) (gamma / sqrt(variance + epsilon)) + beta, variance = mean (x - mean)^2
//   backward:  dbeta = sum dy, dgamma = sum dy h, dx = gamma / sqrt(variance + epsilon) (dy - mean(dy) - h mean(dy h))
//
// Forward, three launches: _partial: each chunk's mean and squared deviations from it, (T* x, A* partial[chunks][2][channels], i64
// rows, i64 channels, i64 chunk); _combine: (A* partial, A* mean, A* variance, A* statistics[2][channels], i64 rows, i64 channels, i64
// chunk); batch_norm_t: (T* x, A* gamma, A* beta, A* statistics, T* y, i64 rows, i64 channels, f64 epsilon).
// Backward, three launches: _partial: (T* x, A* mean, A* variance, T* dy, A* partial, i64 rows, i64 channels, i64 chunk, f64 epsilon);
// _combine: (A* partial, A* dgamma, A* dbeta, A* sums[2][channels], i64 rows, i64 channels, i64 chunk); batch_norm_backward_t: (T* x, A*
// gamma, A* mean, A* variance, T* dy, A* sums, T* dx, i64 rows, i64 channels, f64 epsilon).
// One thread: in _partial and _combine every eighth row (chunk) of one channel; elsewhere single elements in grid strides.
#include "channels.cuh"

/** Two passes over the chunk, which the cache still holds in the second. */
template <class T> INLINE void partial(const T* x, Sum<T>* partial, i64 rows, i64 channels, i64 size, Sum<T>* shared) {
    i64 units = Columns::units(ceil_div(rows, size), channels);
    ROLLED
    for (i64 unit = blockIdx.x; unit < units; unit += gridDim.x) {
        Columns place = Columns::of(unit, channels);
        Chunk chunk = Chunk::of(place.outer, rows, size);
        const T* column = x + place.column;
        Sum<T> sum = 0;
        if (place.inside) {
            UNROLLED_UNLESS_F64
            for (i64 row = chunk.begin + place.strand; row < chunk.end; row += WARPS) {
                sum += value_of(column[row * channels]);
            }
        }
        sum = combine_strands<Summation>(sum, shared);
        Sum<T> mean = from_first_strand(sum / (Sum<T>)(chunk.end - chunk.begin), shared);
        Sum<T> squares = 0;
        if (place.inside) {
            UNROLLED_UNLESS_F64
            for (i64 row = chunk.begin + place.strand; row < chunk.end; row += WARPS) {
                Sum<T> deviation = value_of(column[row * channels]) - mean;
                squares += deviation * deviation;
            }
        }
        squares = combine_strands<Summation>(squares, shared);
        if (place.inside && place.strand == 0) {
            partial[chunk.index * 2 * channels + place.column] = mean;
            partial[(chunk.index * 2 + 1) * channels + place.column] = squares;
        }
    }
}

/** mean = sum n_k mean_k / n; the squared deviations are sum squares_k + n_k (mean_k - mean)^2 (Chan et al., 1979). */
template <class T>
INLINE void combine(
    const Sum<T>* partial, Sum<T>* mean, Sum<T>* variance, Sum<T>* statistics, i64 rows, i64 channels, i64 size, Sum<T>* shared) {
    i64 chunks = ceil_div(rows, size);
    i64 units = Columns::units(1, channels);
    ROLLED
    for (i64 unit = blockIdx.x; unit < units; unit += gridDim.x) {
        Columns place = Columns::of(unit, channels);
        const Sum<T>* means = partial + place.column;
        const Sum<T>* squares = partial + channels + place.column;
        Sum<T> sum = 0;
        if (place.inside) {
            ROLLED
            for (i64 k = place.strand; k < chunks; k += WARPS) {
                Chunk chunk = Chunk::of(k, rows, size);
                sum += (Sum<T>)(chunk.end - chunk.begin) * means[k * 2 * channels];
            }
        }
        sum = combine_strands<Summation>(sum, shared);
        Sum<T> center = from_first_strand(sum / (Sum<T>)rows, shared);
        Sum<T> spread = 0;
        if (place.inside) {
            ROLLED
            for (i64 k = place.strand; k < chunks; k += WARPS) {
                Chunk chunk = Chunk::of(k, rows, size);
                Sum<T> shift = means[k * 2 * channels] - center;
                spread += squares[k * 2 * channels] + (Sum<T>)(chunk.end - chunk.begin) * shift * shift;
            }
        }
        spread = combine_strands<Summation>(spread, shared) / (Sum<T>)rows;
        if (place.inside && place.strand == 0) {
            mean[place.column] = center;
            variance[place.column] = spread;
            statistics[place.column] = center;
            statistics[channels + place.column] = spread;
        }
    }
}

INLINE i64 channel_of(i64 i, i64 channels) {
    return i <= 0xffffffffll && channels <= 0xffffffffll ? (unsigned)i % (unsigned)channels : i % channels;
}

template <class T>
INLINE void forward(
    const T* x, const Sum<T>* gamma, const Sum<T>* beta, const Sum<T>* statistics, T* y, i64 n, i64 channels, double epsilon) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        i64 c = channel_of(i, channels);
        Sum<T> factor = gamma[c] / math_sqrt(statistics[channels + c] + (Sum<T>)epsilon);
        y[i] = element_as<T>((value_of(x[i]) - statistics[c]) * factor + beta[c]);
    }
}

/** h, from the statistics as the forward pass stored them. */
template <class T> struct Normalized {
    struct Column {
        Sum<T> mean, inverse;
    };
    const Sum<T>* mean;
    const Sum<T>* variance;
    Sum<T> epsilon;

    __device__ __forceinline__ Column column(i64 c) const {
        return Column{mean[c], (Sum<T>)1 / math_sqrt(variance[c] + epsilon)};
    }
    __device__ __forceinline__ Sum<T> value(const Column& column, i64, Sum<T> x) const {
        return (x - column.mean) * column.inverse;
    }
};

template <class T>
INLINE void backward(
    const T* x, const Sum<T>* gamma, const Normalized<T>& normalized, const T* dy, const Sum<T>* sums, T* dx, i64 rows,
    i64 channels) {
    ROLLED
    for (i64 i = thread_index(); i < rows * channels; i += thread_count()) {
        i64 c = channel_of(i, channels);
        typename Normalized<T>::Column column = normalized.column(c);
        Sum<T> h = normalized.value(column, 0, value_of(x[i]));
        Sum<T> mean = sums[c] / (Sum<T>)rows;
        Sum<T> weighted = sums[channels + c] / (Sum<T>)rows;
        dx[i] = element_as<T>(gamma[c] * column.inverse * (value_of(dy[i]) - mean - h * weighted));
    }
}

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_partial_##T(const type_##T* x, Sum<type_##T>* partials, i64 rows, i64 channels, i64 chunk) { \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        partial(x, partials, rows, channels, chunk, shared);                   \
    }                                                                          \
    KERNEL name##_combine_##T(                                                 \
        const Sum<type_##T>* partials, Sum<type_##T>* mean, Sum<type_##T>* variance, Sum<type_##T>* statistics, \
        i64 rows, i64 channels, i64 chunk) {                                   \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        combine<type_##T>(partials, mean, variance, statistics, rows, channels, chunk, shared); \
    }                                                                          \
    KERNEL name##_##T(                                                         \
        const type_##T* x, const Sum<type_##T>* gamma, const Sum<type_##T>* beta, \
        const Sum<type_##T>* statistics, type_##T* y, i64 rows, i64 channels, double epsilon) {                 \
        forward(x, gamma, beta, statistics, y, rows * channels, channels, epsilon); \
    }                                                                          \
    KERNEL name##_backward_partial_##T(                                        \
        const type_##T* x, const Sum<type_##T>* mean, const Sum<type_##T>* variance, const type_##T* dy, \
        Sum<type_##T>* partials, i64 rows, i64 channels, i64 chunk, double epsilon) { \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        Normalized<type_##T> normalized = {mean, variance, (Sum<type_##T>)epsilon}; \
        gradient_sums(x, dy, partials, rows, channels, chunk, normalized, shared); \
    }                                                                          \
    KERNEL name##_backward_combine_##T(                                        \
        const Sum<type_##T>* partials, Sum<type_##T>* dgamma, Sum<type_##T>* dbeta, Sum<type_##T>* sums, \
        i64 rows, i64 channels, i64 chunk) {                                   \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        combine_gradients<Sum<type_##T>>(partials, dgamma, dbeta, sums, rows, channels, chunk, shared); \
    }                                                                          \
    KERNEL name##_backward_##T(                                                \
        const type_##T* x, const Sum<type_##T>* gamma, const Sum<type_##T>* mean, \
        const Sum<type_##T>* variance, const type_##T* dy, const Sum<type_##T>* sums, type_##T* dx, i64 rows, i64 channels, double epsilon) { \
        Normalized<type_##T> normalized = {mean, variance, (Sum<type_##T>)epsilon}; \
        backward(x, gamma, normalized, dy, sums, dx, rows, channels);          \
    }

FOR_FLOATS(KERNELS_OF, batch_norm, )
