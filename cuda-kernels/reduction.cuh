// The loops under the reductions. Each result is combined in an order fixed by the shape: strands of elements, then a tree.
#pragma once
#include "rows.cuh"

/** A sum by its divisor (the count, for a mean); integers and extremes ignore it. */
template <class C> INLINE float finish(float v, double divisor) { return Same<C, Summation>::yes ? v / (float)divisor : v; }
template <class C> INLINE double finish(double v, double divisor) { return Same<C, Summation>::yes ? v / divisor : v; }
template <class C> INLINE i64 finish(i64 v, double) { return v; }

/** Every fourth element into its own strand, so that additions do not wait for each other; strands in fixed order. */
template <class C, class T> INLINE Sum<T> strands(const T* x, i64 from, i64 to, i64 step, i64 stride) {
    Sum<T> part[4];
    UNROLLED
    for (int k = 0; k < 4; k++) {
        part[k] = C::start(Sum<T>());
    }
    i64 i = from;
    for (; i + 3 * step < to; i += 4 * step) {
        UNROLLED
        for (int k = 0; k < 4; k++) {
            part[k] = C::combine(part[k], (Sum<T>)value_of(x[(i + k * step) * stride]));
        }
    }
    ROLLED
    for (; i < to; i += step) {
        part[0] = C::combine(part[0], (Sum<T>)value_of(x[i * stride]));
    }
    return C::combine(C::combine(part[0], part[1]), C::combine(part[2], part[3]));
}

/** y[o][k] = chunk k of row o of x (outer, count). A team a chunk. */
template <class C, class T, class R>
INLINE void reduce_rows(const T* x, R* y, i64 outer, i64 count, i64 chunk, double divisor, Sum<T>* shared) {
    i64 chunks = count > chunk ? ceil_div(count, chunk) : 1;
    Team team = Team::of(chunk);
    ROLLED
    for (i64 unit = team.first; unit < outer * chunks; unit += team.step) {
        i64 row = unit / chunks;
        i64 begin = (unit - row * chunks) * chunk;
        i64 end = begin + chunk < count ? begin + chunk : count;
        Sum<T> v = strands<C>(x + row * count, begin + team.member, end, team.size, 1);
        v = team.combine<C>(v, shared);
        if (team.member == 0) {
            y[unit] = element_as<R>(finish<C>(v, divisor));
        }
    }
}

/** y[o][k][i] = chunk k of column i of x (outer, count, inner). A block: 32 columns of one chunk in 8 strands of 4. */
template <class C, class T, class R>
INLINE void reduce_columns(
    const T* x, R* y, i64 outer, i64 count, i64 inner, i64 chunk, double divisor, Sum<T>* shared) {
    i64 chunks = count > chunk ? ceil_div(count, chunk) : 1;
    i64 units = Columns::units(outer * chunks, inner);
    ROLLED
    for (i64 unit = blockIdx.x; unit < units; unit += gridDim.x) {
        Columns place = Columns::of(unit, inner);
        i64 row = place.outer / chunks;
        i64 begin = (place.outer - row * chunks) * chunk;
        i64 end = begin + chunk < count ? begin + chunk : count;
        Sum<T> v = C::start(Sum<T>());
        if (place.inside) {
            v = strands<C>(x + row * count * inner + place.column, begin + place.strand, end, WARPS, inner);
        }
        v = combine_strands<C>(v, shared);
        if (place.inside && place.strand == 0) {
            y[place.outer * inner + place.column] = element_as<R>(finish<C>(v, divisor));
        }
    }
}

/** y[j] over any axes: 0 .. kept - 1 of s are kept, the others reduced. A warp a result. */
template <class C, class T>
INLINE void reduce_general(const T* x, T* y, const Strides& s, i64 n, int kept, double divisor, Sum<T>* shared) {
    i64 count = 1;
    for (int axis = kept; axis < s.rank; axis++) {
        count *= s.size[axis];
    }
    Team team = Team::of(1);
    ROLLED
    for (i64 j = team.first; j < n; j += team.step) {
        const T* base = x + Offsets<1>::of(s, j, 0, kept).at[0];
        Sum<T> v = C::start(Sum<T>());
        ROLLED
        for (i64 i = team.member; i < count; i += team.size) {
            v = C::combine(v, (Sum<T>)value_of(base[Offsets<1>::of(s, i, kept, s.rank).at[0]]));
        }
        v = team.combine<C>(v, shared);
        if (team.member == 0) {
            y[j] = element_as<T>(finish<C>(v, divisor));
        }
    }
}

#define ROWS_OF(name, C, T, R)                                                 \
    KERNEL name(const type_##T* x, type_##R* y, i64 outer, i64 count, i64 chunk, double divisor) { \
        __shared__ Sum<type_##T> shared[WARPS];                                \
        reduce_rows<C>(x, y, outer, count, chunk, divisor, shared);            \
    }
#define COLUMNS_OF(name, C, T, R)                                              \
    KERNEL name(                                                               \
        const type_##T* x, type_##R* y, i64 outer, i64 count, i64 inner, i64 chunk, double divisor) { \
        __shared__ Sum<type_##T> shared[BLOCK];                                \
        reduce_columns<C>(x, y, outer, count, inner, chunk, divisor, shared);  \
    }
#define GENERAL_OF(name, C, T)                                                 \
    KERNEL name(const type_##T* x, type_##T* y, const Strides s, i64 n, int kept, double divisor) { \
        __shared__ Sum<type_##T> shared[WARPS];                                \
        reduce_general<C>(x, y, s, n, kept, divisor, shared);                  \
    }
#define KERNELS_OF(name, C, T)                                                 \
    ROWS_OF(name##_rows_##T, C, T, T)                                          \
    COLUMNS_OF(name##_columns_##T, C, T, T)                                    \
    GENERAL_OF(name##_general_##T, C, T)
