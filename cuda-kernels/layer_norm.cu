// Layer normalization of each row (Ba, Kiros and Hinton, 2016). With h = (x - mean) inverse, inverse = 1 / sqrt(variance + epsilon):
//   forward:   y = h gamma + beta
//   backward:  dx = inverse (g - mean(g) - h mean(g h)) with g = dy gamma; dgamma = sum dy h, dbeta = sum dy over the rows
//
// layer_norm_rows_t: (T* x, T* residual (or null), A* gamma, A* beta, T* sum (or null), T* y, A* mean, A* inverse, i64 rows, i64 columns,
// f64 epsilon): x + residual, rounded to T and kept as sum, is normalized where there is a residual.
// One team a row (a warp, or a block for more than 1024 columns); a thread: every 32nd (256th) column.
// layer_norm_backward_rows_t: (T* x, A* gamma, A* mean, A* inverse, T* dy, T* more (or null), T* residual (or null), T* dx, A* dbeta,
// A* dgamma, i64 rows, i64 columns, i64 chunk): of dy + more, rounded to T, where there is more; dx + residual where there is one, and the sums of each chunk's rows, 2 columns apart. One block a chunk, which
// has a group of rows at hand at a time: its teams do dx, then a thread adds up every 256th column while the rows lie in the caches.
// layer_norm_backward_combine_t: (A* partial[chunks][2][columns], A* dbeta, A* dgamma, i64 chunks, i64 columns).
// One thread: every 32nd chunk of one column; a block eight columns.
#include "channels.cuh"

// For the loops of the backward pass, which leave few registers: T is the element type.
#ifdef __CUDACC__
#define UNROLLED_BY_2 _Pragma("unroll (sizeof(T) == 8 ? 1 : 2)")
#else
#define UNROLLED_BY_2
#endif

/** A tensor, or the sum of two. */
template <class T> struct Source {
    const T* x;
    const T* residual;

    __device__ __forceinline__ Sum<T> at(i64 i) const {
        Sum<T> value = value_of(x[i]);
        return residual == nullptr ? value : value_of(element_as<T>(value + value_of(residual[i])));
    }
};

template <class T>
INLINE void forward(
    const T* x, const T* residual, const Sum<T>* gamma, const Sum<T>* beta, T* sums, T* y, Sum<T>* means, Sum<T>* inverses, i64 rows,
    i64 columns, double epsilon, Sum<T>* shared) {
    Team team = Team::of(columns);
    ROLLED
    for (i64 row = team.first; row < rows; row += team.step) {
        i64 base = row * columns;
        Source<T> in = {x + base, residual == nullptr ? nullptr : residual + base};
        Sum<T> sum = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> value = in.at(i);
            sum += value;
            if (sums != nullptr) {
                sums[base + i] = element_as<T>(value);
            }
        }
        if (sums != nullptr) {
            in = {sums + base, nullptr};  // each thread reads what it wrote
        }
        Sum<T> mean = team.combine<Summation>(sum, shared) / (Sum<T>)columns;
        Sum<T> squares = 0;
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> deviation = in.at(i) - mean;
            squares += deviation * deviation;
        }
        Sum<T> variance = team.combine<Summation>(squares, shared) / (Sum<T>)columns;
        Sum<T> inverse = (Sum<T>)1 / math_sqrt(variance + (Sum<T>)epsilon);
        UNROLLED_UNLESS_F64
        for (i64 i = team.member; i < columns; i += team.size) {
            Sum<T> h = (in.at(i) - mean) * inverse;
            y[base + i] = element_as<T>(h * gamma[i] + beta[i]);
        }
        if (team.member == 0) {
            means[row] = mean;
            inverses[row] = inverse;
        }
    }
}

/** dx of the row that begins at base. */
template <class T>
INLINE void row_gradient(
    const Team& team, const T* x, const Sum<T>* gamma, Sum<T> mean, Sum<T> inverse, const Source<T>& dy, const T* residual, T* dx,
    i64 base, i64 columns, Sum<T>* shared) {
    Sum<T> plain = 0;
    Sum<T> weighted = 0;
    UNROLLED_BY_2
    for (i64 i = team.member; i < columns; i += team.size) {
        Sum<T> g = dy.at(base + i) * gamma[i];
        plain += g;
        weighted += g * ((value_of(x[base + i]) - mean) * inverse);
    }
    plain = team.combine<Summation>(plain, shared) / (Sum<T>)columns;
    weighted = team.combine<Summation>(weighted, shared) / (Sum<T>)columns;
    UNROLLED_BY_2
    for (i64 i = team.member; i < columns; i += team.size) {
        Sum<T> g = dy.at(base + i) * gamma[i];
        Sum<T> h = (value_of(x[base + i]) - mean) * inverse;
        T gradient = element_as<T>(inverse * (g - plain - h * weighted));
        dx[base + i] = residual == nullptr ? gradient : element_as<T>(value_of(gradient) + value_of(residual[base + i]));
    }
}

/** How many rows a block has at hand: one a warp; of long ones up to 8192 elements. */
INLINE int group_of(i64 columns) { return columns <= WARP_COLUMNS ? WARPS : columns <= 4096 ? 2 : 1; }

template <class T>
INLINE void backward(
    const T* x, const Sum<T>* gamma, const Sum<T>* means, const Sum<T>* inverses, const T* dy, const T* more, const T* residual, T* dx,
    Sum<T>* dbeta, Sum<T>* dgamma, i64 rows, i64 columns, i64 size, Sum<T>* shared) {
    Team team = Team::of(columns);
    Source<T> gradient = {dy, more};
    int group = group_of(columns);
    int own = team.size == 32 ? threadIdx.x / 32 : 0;
    i64 chunks = rows == 0 ? 1 : ceil_div(rows, size);
    ROLLED
    for (i64 index = blockIdx.x; index < chunks; index += gridDim.x) {
        Chunk chunk = Chunk::of(index, rows, size);
        i64 begin = chunk.begin;
        ROLLED
        do {
            i64 end = begin + group < chunk.end ? begin + group : chunk.end;
            ROLLED
            for (i64 row = begin + own; row < end; row += team.size == 32 ? WARPS : 1) {
                row_gradient(team, x, gamma, means[row], inverses[row], gradient, residual, dx, row * columns, columns, shared);
            }
            ROLLED
            for (i64 i = threadIdx.x; i < columns; i += BLOCK) {
                Sum<T> plain = 0;
                Sum<T> weighted = 0;
                i64 place = begin * columns + i;
                ROLLED
                for (i64 row = begin; row < end; row++) {
                    Sum<T> g = gradient.at(place);
                    plain += g;
                    weighted += g * ((value_of(x[place]) - means[row]) * inverses[row]);
                    place += columns;
                }
                i64 at = index * 2 * columns + i;
                bool first = begin == chunk.begin;
                dbeta[at] = first ? plain : dbeta[at] + plain;
                dgamma[at] = first ? weighted : dgamma[at] + weighted;
            }
            begin += group;
        } while (begin < chunk.end);
    }
}

constexpr int COMBINED = 8;

/** dbeta and dgamma as the sums of all chunks'. */
template <class A> INLINE void combine(const A* partial, A* dbeta, A* dgamma, i64 chunks, i64 columns, A* shared) {
    i64 units = ceil_div(2 * columns, COMBINED);
    int strand = threadIdx.x / COMBINED;
    ROLLED
    for (i64 unit = blockIdx.x; unit < units; unit += gridDim.x) {
        i64 column = unit * COMBINED + threadIdx.x % COMBINED;
        A sum = 0;
        if (column < 2 * columns) {
            UNROLLED_BY_4
            for (i64 chunk = strand; chunk < chunks; chunk += BLOCK / COMBINED) {
                sum += partial[chunk * 2 * columns + column];
            }
        }
        __syncthreads();  // an earlier result may still be read
        shared[threadIdx.x] = sum;
        UNROLLED
        for (int half = BLOCK / 2; half >= COMBINED; half /= 2) {
            __syncthreads();
            if (threadIdx.x < (unsigned)half) {
                shared[threadIdx.x] += shared[threadIdx.x + half];
            }
        }
        if (strand == 0 && column < 2 * columns) {
            (column < columns ? dbeta[column] : dgamma[column - columns]) = shared[threadIdx.x];
        }
    }
}

#define KERNELS_OF(name, unused, T)                                            \
    KERNEL name##_rows_##T(                                                    \
        const type_##T* x, const type_##T* residual, const Sum<type_##T>* gamma, const Sum<type_##T>* beta, type_##T* sum, \
        type_##T* y, Sum<type_##T>* mean, Sum<type_##T>* inverse, i64 rows, i64 columns, double epsilon) { \
        __shared__ Sum<type_##T> shared[WARPS];                                \
        forward(x, residual, gamma, beta, sum, y, mean, inverse, rows, columns, epsilon, shared); \
    }                                                                          \
    KERNEL name##_backward_rows_##T(                                           \
        const type_##T* x, const Sum<type_##T>* gamma, const Sum<type_##T>* mean, const Sum<type_##T>* inverse, \
        const type_##T* dy, const type_##T* more, const type_##T* residual, type_##T* dx, Sum<type_##T>* dbeta, \
        Sum<type_##T>* dgamma, i64 rows, i64 columns, i64 chunk) {             \
        __shared__ Sum<type_##T> shared[WARPS];                                \
        backward(x, gamma, mean, inverse, dy, more, residual, dx, dbeta, dgamma, rows, columns, chunk, shared); \
    }                                                                          \
    KERNEL name##_backward_combine_##T(                                        \
        const Sum<type_##T>* partial, Sum<type_##T>* dbeta, Sum<type_##T>* dgamma, i64 chunks, i64 columns) { \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        combine(partial, dbeta, dgamma, chunks, columns, shared);              \
    }

FOR_FLOATS(KERNELS_OF, layer_norm, )
