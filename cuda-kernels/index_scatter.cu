// The sum of rows by index, the gradient of gather:  y[r][j] = the sum of dy[i][j] over all i with indices[i] = r, in their order.
//
// scatter_add_t_i: (I* indices, T* dy, T* y, i64 rows, i64 count, i64 entry). One block: 16 rows of y, 256 columns. It reads all indices, 256
// at a time, lists those that name its rows, and each thread adds its column of these entries, in double. So nothing is added
// atomically, at the cost of ceil(rows / 16) * ceil(entry / 256) readings of all indices.
#include "common.cuh"

constexpr int GROUP = 16;

/** A block's working memory: sums of its rows and columns, and the entries found among 256 indices. */
struct Scatter {
    double sum[GROUP][BLOCK];
    int found[WARPS];
    short row[BLOCK];
    short place[BLOCK];
};

INLINE int bit_count(unsigned bits) {
#ifdef __CUDACC__
    return __popc(bits);
#else
    return __builtin_popcount(bits);
#endif
}

/** Lists those of the 256 indices from begin on that name a row of the group, in their order; returns how many. */
template <class I> INLINE int list_entries(const I* indices, i64 begin, i64 count, i64 first_row, Scatter& s) {
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    i64 i = begin + threadIdx.x;
    i64 row = i < count ? (i64)value_of(indices[i]) - first_row : -1;
    bool mine = row >= 0 && row < GROUP;
    unsigned mask = mine ? 1u << lane : 0u;
    UNROLLED
    for (int offset = 16; offset > 0; offset >>= 1) {
        mask |= __shfl_xor_sync(ALL_LANES, mask, offset);
    }
    __syncthreads();  // the list before may still be read
    if (lane == 0) {
        s.found[warp] = bit_count(mask);
    }
    __syncthreads();
    int before = bit_count(mask & ((1u << lane) - 1u));
    int total = 0;
    UNROLLED
    for (int w = 0; w < WARPS; w++) {
        before += w < warp ? s.found[w] : 0;
        total += s.found[w];
    }
    if (mine) {
        s.row[before] = (short)row;
        s.place[before] = (short)threadIdx.x;
    }
    __syncthreads();
    return total;
}

template <class T, class I>
INLINE void scatter_add(const I* indices, const T* dy, T* y, i64 rows, i64 count, i64 entry, Scatter& s) {
    i64 stripes = ceil_div(entry, BLOCK);
    ROLLED
    for (i64 unit = blockIdx.x; unit < ceil_div(rows, GROUP) * stripes; unit += gridDim.x) {
        i64 group = unit / stripes;
        i64 column = (unit - group * stripes) * BLOCK + threadIdx.x;
        for (int r = 0; r < GROUP; r++) {
            s.sum[r][threadIdx.x] = 0;
        }
        ROLLED
        for (i64 begin = 0; begin < count; begin += BLOCK) {
            int entries = list_entries(indices, begin, count, group * GROUP, s);
            ROLLED
            for (int k = 0; k < entries && column < entry; k++) {
                s.sum[s.row[k]][threadIdx.x] += (double)value_of(dy[(begin + s.place[k]) * entry + column]);
            }
        }
        for (int r = 0; r < GROUP; r++) {
            i64 row = group * GROUP + r;
            if (row < rows && column < entry) {
                y[row * entry + column] = element_as<T>(s.sum[r][threadIdx.x]);
            }
        }
    }
}

#define SCATTER_OF(name, I, T)                                                 \
    KERNEL name##_##T##_##I(                                                   \
        const type_##I* indices, const type_##T* dy, type_##T* y, i64 rows, i64 count, i64 entry) { \
        __shared__ Scatter scatter;                                            \
        scatter_add(indices, dy, y, rows, count, entry, scatter);              \
    }
FOR_FLOATS(SCATTER_OF, scatter_add, i32)
FOR_FLOATS(SCATTER_OF, scatter_add, i64)
FOR_FLOATS(SCATTER_OF, scatter_add, u8)
