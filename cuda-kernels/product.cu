// Small matrix products, float32. A library's product is made for tiles of 32 columns and more, and for long sums.
//
// Each thread of a product with few columns takes part in one row (backward: works on one row in strands); the columns, at most 16, are
// held in registers. A product with short sums, at most 16 terms, is one row a block, one thread an element.
#include "reduction.cuh"

constexpr int MOST = 16;

/** NaN stays NaN. */
INLINE float relu_of(float x) { return x > 0 || x != x ? x : 0; }

/**
 * y[r][c] = sum over i of x[r][i] * w[i * inner + c * outer], at most 16 columns; bias[c] is added unless bias is null; max(0, y) is taken
 * if relu is 1. Arguments: (float* x, float* w, float* bias, float* y, i64 rows, int columns, int count, int inner, int outer, int relu). A
 * block takes a row of x, each of its threads every 256th element; the sums of a warp are added in a butterfly, those of the warps in
 * their order.
 */
KERNEL narrow_product_f32(
    const float* x, const float* w, const float* bias, float* y, i64 rows, int columns, int count, int inner, int outer,
    int relu) {
    __shared__ float shared[WARPS][MOST];
    int lane = threadIdx.x % 32;
    ROLLED
    for (i64 row = blockIdx.x; row < rows; row += gridDim.x) {
        float sum[MOST];
        UNROLLED
        for (int c = 0; c < MOST; c++) {
            sum[c] = 0;
        }
        ROLLED
        for (int i = threadIdx.x; i < count; i += BLOCK) {
            float element = x[row * count + i];
            const float* weights = w + (i64)i * inner;
            UNROLLED
            for (int c = 0; c < MOST; c++) {
                if (c < columns) {
                    sum[c] = fmaf(element, weights[(i64)c * outer], sum[c]);
                }
            }
        }
        UNROLLED
        for (int c = 0; c < MOST; c++) {
            if (c < columns) {
                UNROLLED
                for (int offset = 16; offset > 0; offset >>= 1) {
                    sum[c] += __shfl_xor_sync(ALL_LANES, sum[c], offset);
                }
                if (lane == c) {
                    shared[threadIdx.x / 32][c] = sum[c];
                }
            }
        }
        __syncthreads();
        if ((int)threadIdx.x < columns) {
            float total = shared[0][threadIdx.x];
            UNROLLED
            for (int warp = 1; warp < WARPS; warp++) {
                total += shared[warp][threadIdx.x];
            }
            if (bias) {
                total += bias[threadIdx.x];
            }
            y[row * columns + threadIdx.x] = relu ? relu_of(total) : total;
        }
        __syncthreads();  // the next row's sums go to the same place
    }
}

/** Adds what rows first, first + step ... of x and dy give to one input's sums; four rows are read before they are used. */
template <int ROWS>
INLINE void add_rows(const float* x, const float* dy, i64 row, i64 step, int inputs, int columns, float* sum) {
    float element[ROWS];
    UNROLLED
    for (int k = 0; k < ROWS; k++) {
        element[k] = x[(row + k * step) * inputs];
    }
    UNROLLED
    for (int k = 0; k < ROWS; k++) {
        UNROLLED
        for (int c = 0; c < MOST; c++) {
            if (c < columns) {
                sum[c] = fmaf(element[k], dy[(row + k * step) * columns + c], sum[c]);
            }
        }
    }
}

/**
 * The gradients of a linear layer's weights: dw[i][c] = sum over r of x[r][i] * dy[r][c] and db[c] = sum over r of dy[r][c], at most 16
 * columns; without db if it is null. Arguments: (float* x, float* dy, float* dw, float* db, i64 rows, int inputs, int columns). A block
 * takes 32 inputs, its 8 warps are strands that share the rows; the strands are added in their order. One more block takes db, in the
 * order of reduce_sum_columns.
 */
KERNEL narrow_product_backward_f32(
    const float* x, const float* dy, float* dw, float* db, i64 rows, int inputs, int columns) {
    __shared__ float shared[WARPS][MOST][32];
    int lane = threadIdx.x % 32;
    int strand = threadIdx.x / 32;
    i64 blocks = ceil_div(inputs, 32);
    ROLLED
    for (i64 unit = blockIdx.x; unit < blocks + (db ? 1 : 0); unit += gridDim.x) {
        if (unit == blocks) {
            float v = lane < columns ? strands<Summation>(dy + lane, strand, rows, WARPS, columns) : 0;
            v = combine_strands<Summation>(v, &shared[0][0][0]);
            if (lane < columns && strand == 0) {
                db[lane] = v;
            }
            continue;
        }
        i64 input = unit * 32 + lane;
        float sum[MOST];
        UNROLLED
        for (int c = 0; c < MOST; c++) {
            sum[c] = 0;
        }
        if (input < inputs) {
            i64 row = strand;
            ROLLED
            for (; row + 3 * WARPS < rows; row += 4 * WARPS) {
                add_rows<4>(x + input, dy, row, WARPS, inputs, columns, sum);
            }
            ROLLED
            for (; row < rows; row += WARPS) {
                add_rows<1>(x + input, dy, row, WARPS, inputs, columns, sum);
            }
        }
        __syncthreads();  // an earlier unit's sums may still be read
        UNROLLED
        for (int c = 0; c < MOST; c++) {
            if (c < columns) {
                shared[strand][c][lane] = sum[c];
            }
        }
        __syncthreads();
        ROLLED
        for (int c = strand; c < columns; c += WARPS) {
            float total = shared[0][c][lane];
            UNROLLED
            for (int other = 1; other < WARPS; other++) {
                total += shared[other][c][lane];
            }
            if (input < inputs) {
                dw[input * columns + c] = total;
            }
        }
    }
}

/**
 * y[r][c] = sum over i of x[r][i] * w[i * inner + c * outer], at most 16 terms, and 0 where saved[r][c] is not above 0, unless saved is
 * null. Arguments: (float* x, float* w, float* saved, float* y, i64 rows, int columns, int count, int inner, int outer). A block takes a
 * row, each of its threads every 256th element; the terms are added in their order.
 */
KERNEL shallow_product_f32(
    const float* x, const float* w, const float* saved, float* y, i64 rows, int columns, int count, int inner,
    int outer) {
    ROLLED
    for (i64 row = blockIdx.x; row < rows; row += gridDim.x) {
        float element[MOST];
        UNROLLED
        for (int i = 0; i < MOST; i++) {
            element[i] = i < count ? x[row * count + i] : 0;
        }
        ROLLED
        for (int c = threadIdx.x; c < columns; c += BLOCK) {
            float gate = saved ? saved[row * columns + c] : 1;
            const float* weights = w + (i64)c * outer;
            float sum = 0;
            UNROLLED
            for (int i = 0; i < MOST; i++) {
                if (i < count) {
                    sum = fmaf(element[i], weights[(i64)i * inner], sum);
                }
            }
            y[row * columns + c] = gate > 0 ? sum : 0;
        }
    }
}
