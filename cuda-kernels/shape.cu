// Moving elements without changing them, by element size:
//   strided_copy:     y[i . strides of y] = x[i . strides of x], for every position i of a box
//   transpose_tiles:  y[b][c][r] = x[b][r][c]
//
// strided_copy_b<size>: (E* x, E* y, Strides s, i64 n), n positions. One thread: single elements, in grid strides over positions.
// transpose_tiles_b<size>: (E* x, E* y, i64 batch, i64 rows, i64 columns). One block: a tile of 32 x 32 through shared memory, so that
// reads and writes are both whole lines; a thread: four elements of it.
#include "common.cuh"

constexpr int TILE = 32;

template <class E> INLINE void strided_copy(const E* x, E* y, const Strides& s, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Offsets<2> o = Offsets<2>::of(s, i, 0, s.rank);
        y[o.at[1]] = x[o.at[0]];
    }
}

/** The tile has a spare column, so that its columns lie in different banks. */
template <class E> INLINE void transpose_tiles(const E* x, E* y, i64 batch, i64 rows, i64 columns, E (*tile)[TILE + 1]) {
    i64 across = ceil_div(columns, TILE);
    i64 down = ceil_div(rows, TILE);
    int lane = threadIdx.x % TILE;
    int warp = threadIdx.x / TILE;
    ROLLED
    for (i64 unit = blockIdx.x; unit < batch * down * across; unit += gridDim.x) {
        i64 band = unit / across;
        i64 image = band / down;
        i64 column = (unit - band * across) * TILE;
        i64 row = (band - image * down) * TILE;
        i64 base = image * rows * columns;
        __syncthreads();  // the tile before may still be read
        UNROLLED
        for (int k = warp; k < TILE; k += WARPS) {
            if (row + k < rows && column + lane < columns) {
                tile[k][lane] = x[base + (row + k) * columns + column + lane];
            }
        }
        __syncthreads();
        UNROLLED
        for (int k = warp; k < TILE; k += WARPS) {
            if (column + k < columns && row + lane < rows) {
                y[base + (column + k) * rows + row + lane] = tile[lane][k];
            }
        }
    }
}

#define COPY_OF(name, unused, E)                                               \
    KERNEL name##_##E(const type_##E* x, type_##E* y, const Strides s, i64 n) { strided_copy(x, y, s, n); }
#define TRANSPOSE_OF(name, unused, E)                                          \
    KERNEL name##_##E(const type_##E* x, type_##E* y, i64 batch, i64 rows, i64 columns) { \
        __shared__ type_##E tile[TILE][TILE + 1];                              \
        transpose_tiles(x, y, batch, rows, columns, tile);                     \
    }

FOR_SIZES(COPY_OF, strided_copy, )
FOR_SIZES(TRANSPOSE_OF, transpose_tiles, )
