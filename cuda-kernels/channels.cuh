// Sums per column of a matrix (rows, columns), in chunks of rows: first each chunk's, then all chunks'. Results lie as
// [chunk][2][columns]. Both steps run by rule C, 32 columns a block, rows shared by 8 strands; the order depends on the sizes alone.
#pragma once
#include "math.cuh"
#include "rows.cuh"

/** The rows of one chunk for one block's columns. */
struct Chunk {
    i64 index;
    i64 begin;
    i64 end;

    INLINE Chunk of(i64 index, i64 rows, i64 size) {
        Chunk chunk;
        chunk.index = index;
        chunk.begin = index * size;
        chunk.end = chunk.begin + size < rows ? chunk.begin + size : rows;
        return chunk;
    }
};

/** A value that strand 0 holds for each column, given to all strands. shared holds BLOCK values. */
template <class V> INLINE V from_first_strand(V v, V* shared) {
    __syncthreads();
    if (threadIdx.x < 32) {
        shared[threadIdx.x] = v;
    }
    __syncthreads();
    return shared[threadIdx.x % 32];
}

/**
 * partial[chunk][0][c] = sum dy, partial[chunk][1][c] = sum dy h. Normalize gives h of an element: h(row, c, x).
 */
template <class T, class N>
INLINE void gradient_sums(
    const T* x, const T* dy, Sum<T>* partial, i64 rows, i64 columns, i64 size, const N& normalize, Sum<T>* shared) {
    i64 units = Columns::units(ceil_div(rows, size), columns);
    ROLLED
    for (i64 unit = blockIdx.x; unit < units; unit += gridDim.x) {
        Columns place = Columns::of(unit, columns);
        Chunk chunk = Chunk::of(place.outer, rows, size);
        Sum<T> plain = 0;
        Sum<T> weighted = 0;
        if (place.inside) {
            typename N::Column column = normalize.column(place.column);
            UNROLLED_UNLESS_F64
            for (i64 row = chunk.begin + place.strand; row < chunk.end; row += WARPS) {
                Sum<T> g = value_of(dy[row * columns + place.column]);
                plain += g;
                weighted += g * normalize.value(column, row, value_of(x[row * columns + place.column]));
            }
        }
        plain = combine_strands<Summation>(plain, shared);
        weighted = combine_strands<Summation>(weighted, shared);
        if (place.inside && place.strand == 0) {
            partial[chunk.index * 2 * columns + place.column] = plain;
            partial[(chunk.index * 2 + 1) * columns + place.column] = weighted;
        }
    }
}

/** The sum of partial[chunk][which][c] over all chunks; strand 0 gets it. */
template <class T> INLINE T chunk_sum(const T* partial, i64 chunks, i64 columns, int which, const Columns& place, T* shared) {
    T sum = 0;
    if (place.inside) {
        UNROLLED_UNLESS_F64
        for (i64 chunk = place.strand; chunk < chunks; chunk += WARPS) {
            sum += partial[(chunk * 2 + which) * columns + place.column];
        }
    }
    return combine_strands<Summation>(sum, shared);
}

/** dgamma = sum dy h, dbeta = sum dy; kept as sums[0] = dbeta, sums[1] = dgamma where sums is not null. */
template <class T>
INLINE void combine_gradients(
    const Sum<T>* partial, T* dgamma, T* dbeta, Sum<T>* sums, i64 rows, i64 columns, i64 size, Sum<T>* shared) {
    i64 units = Columns::units(1, columns);
    ROLLED
    for (i64 unit = blockIdx.x; unit < units; unit += gridDim.x) {
        Columns place = Columns::of(unit, columns);
        Sum<T> plain = chunk_sum(partial, ceil_div(rows, size), columns, 0, place, shared);
        Sum<T> weighted = chunk_sum(partial, ceil_div(rows, size), columns, 1, place, shared);
        if (place.inside && place.strand == 0) {
            dbeta[place.column] = element_as<T>(plain);
            dgamma[place.column] = element_as<T>(weighted);
            if (sums != nullptr) {
                sums[place.column] = plain;
                sums[columns + place.column] = weighted;
            }
        }
    }
}
