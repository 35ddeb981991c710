// Looking for the extreme of a row.
#pragma once
#include "rows.cuh"

/** Whether v at i is to be preferred to best at found. Never for the same element. */
template <bool LARGEST, class V> INLINE bool beats(V v, i64 i, V best, i64 found) {
    bool nan = v != v;
    bool best_nan = best != best;
    if (nan != best_nan) {
        return nan;
    }
    if (nan || v == best) {
        return i < found;
    }
    return LARGEST ? v > best : v < best;
}

template <bool LARGEST, class V> INLINE void challenge(V v, i64 i, V& best, i64& found) {
    if (beats<LARGEST>(v, i, best, found)) {
        best = v;
        found = i;
    }
}

/** The index of a row's first extreme. Every thread of the team gets it. values and indices hold WARPS each. */
template <bool LARGEST, class T>
INLINE i64 arg_row(const T* at, i64 count, const Team& team, Value<T>* values, i64* indices) {
    Value<T> best = value_of(at[0]);
    i64 found = 0;
    ROLLED
    for (i64 i = team.member; i < count; i += team.size) {
        challenge<LARGEST>(value_of(at[i]), i, best, found);
    }
    UNROLLED
    for (int offset = 16; offset > 0; offset >>= 1) {
        Value<T> other = __shfl_xor_sync(ALL_LANES, best, offset);
        i64 place = __shfl_xor_sync(ALL_LANES, found, offset);
        challenge<LARGEST>(other, place, best, found);
    }
    if (team.size > 32) {
        __syncthreads();  // the row before may still be read
        if (team.member % 32 == 0) {
            values[team.member / 32] = best;
            indices[team.member / 32] = found;
        }
        __syncthreads();
        ROLLED
        for (int warp = 0; warp < WARPS; warp++) {
            challenge<LARGEST>(values[warp], indices[warp], best, found);
        }
    }
    return found;
}
