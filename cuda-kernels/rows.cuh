// Working on rows of a matrix: a warp takes a row of up to 1024 elements, a whole block a longer one. Also the columns' loop.
#pragma once
#include "common.cuh"

constexpr i64 WARP_COLUMNS = 1024;

/** The threads that share a row: member of size; their rows are first, first + step, ... */
struct Team {
    int member;
    int size;
    i64 first;
    i64 step;

    INLINE Team of(i64 columns) {
        Team team;
        bool warp = columns <= WARP_COLUMNS;
        team.member = warp ? threadIdx.x % 32 : threadIdx.x;
        team.size = warp ? 32 : BLOCK;
        team.first = warp ? (i64)blockIdx.x * WARPS + threadIdx.x / 32 : blockIdx.x;
        team.step = warp ? (i64)gridDim.x * WARPS : gridDim.x;
        return team;
    }

    /**
     * Combines one value of each thread; every thread gets the result. The order is fixed: a butterfly in each warp, then the warps
     * one after the other. shared holds WARPS values; all threads of the team must come here.
     */
    template <class C, class V> __device__ __forceinline__ V combine(V v, V* shared) const {
        UNROLLED
        for (int offset = 16; offset > 0; offset >>= 1) {
            v = C::combine(v, __shfl_xor_sync(ALL_LANES, v, offset));
        }
        if (size == 32) {
            return v;
        }
        __syncthreads();  // an earlier result may still be read
        if (member % 32 == 0) {
            shared[member / 32] = v;
        }
        __syncthreads();
        v = shared[0];
        UNROLLED
        for (int warp = 1; warp < WARPS; warp++) {
            v = C::combine(v, shared[warp]);
        }
        return v;
    }
};

struct Summation {
    INLINE float combine(float a, float b) { return a + b; }
    INLINE double combine(double a, double b) { return a + b; }
    INLINE i64 combine(i64 a, i64 b) { return (i64)((u64)a + (u64)b); }
    INLINE float start(float) { return 0; }
    INLINE double start(double) { return 0; }
    INLINE i64 start(i64) { return 0; }
};

struct Largest {
    template <class V> INLINE V combine(V a, V b) { return maximum(a, b); }
    INLINE float start(float) { return -infinity(0.0f); }
    INLINE double start(double) { return -infinity(0.0); }
    INLINE i64 start(i64) { return -0x7fffffffffffffffll - 1; }
};

struct Smallest {
    template <class V> INLINE V combine(V a, V b) { return minimum(a, b); }
    INLINE float start(float) { return infinity(0.0f); }
    INLINE double start(double) { return infinity(0.0); }
    INLINE i64 start(i64) { return 0x7fffffffffffffffll; }
};

/**
 * A block's place in a launch over (outer, inner) by rule C: 32 neighbouring columns of one outer index; its 8 warps are strands that
 * share the rows. Blocks take the units blockIdx.x, blockIdx.x + gridDim.x, ...
 */
struct Columns {
    i64 outer;
    i64 column;
    int strand;
    bool inside;

    INLINE i64 units(i64 outer, i64 inner) { return outer * ceil_div(inner, 32); }

    INLINE Columns of(i64 unit, i64 inner) {
        Columns place;
        i64 stripes = ceil_div(inner, 32);
        place.outer = unit / stripes;
        place.column = unit % stripes * 32 + threadIdx.x % 32;
        place.strand = threadIdx.x / 32;
        place.inside = place.column < inner;
        return place;
    }
};

/** Combines the strands' values of each column by a tree; only strand 0 gets the result. shared holds BLOCK values. */
template <class C, class V> INLINE V combine_strands(V v, V* shared) {
    __syncthreads();  // an earlier result may still be read
    shared[threadIdx.x] = v;
    UNROLLED
    for (int half = WARPS / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < (unsigned)half * 32) {
            shared[threadIdx.x] = C::combine(shared[threadIdx.x], shared[threadIdx.x + half * 32]);
        }
    }
    return shared[threadIdx.x];
}
