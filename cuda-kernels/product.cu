// A matrix product with few columns:  y[r][c] = sum over i of x[r][i] * w[i * inner + c * outer],  at most 16 columns.
//
// Arguments: (float* x, float* w, float* bias, float* y, i64 rows, int columns, int count, int inner, int outer, int relu). bias[c] is added
// unless it is null; max(0, y) is taken if relu is 1. A block takes a row of x, each of its threads every 256th element; the sums of a warp
// are added in a butterfly, those of the warps in their order. A library's product is made for tiles of 32 columns and more.
#include "rows.cuh"

constexpr int MOST_COLUMNS = 16;

/** NaN stays NaN. */
INLINE float relu_of(float x) { return x > 0 || x != x ? x : 0; }

KERNEL narrow_product_f32(
    const float* x, const float* w, const float* bias, float* y, i64 rows, int columns, int count, int inner, int outer,
    int relu) {
    __shared__ float shared[WARPS][MOST_COLUMNS];
    int lane = threadIdx.x % 32;
    ROLLED
    for (i64 row = blockIdx.x; row < rows; row += gridDim.x) {
        float sum[MOST_COLUMNS];
        UNROLLED
        for (int c = 0; c < MOST_COLUMNS; c++) {
            sum[c] = 0;
        }
        ROLLED
        for (int i = threadIdx.x; i < count; i += BLOCK) {
            float element = x[row * count + i];
            const float* weights = w + (i64)i * inner;
            UNROLLED
            for (int c = 0; c < MOST_COLUMNS; c++) {
                if (c < columns) {
                    sum[c] = fmaf(element, weights[(i64)c * outer], sum[c]);
                }
            }
        }
        UNROLLED
        for (int c = 0; c < MOST_COLUMNS; c++) {
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
        if (threadIdx.x < columns) {
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
