// What softmax and the cross-entropies have in common.
#pragma once
#include "math.cuh"
#include "rows.cuh"

/** The largest element of a row; NaN if one is. Every thread of the team gets it. */
template <class T> INLINE Value<T> row_max(const T* x, i64 columns, const Team& team, Value<T>* shared) {
    Value<T> max = Largest::start(Value<T>());
    UNROLLED_UNLESS_F64
    for (i64 i = team.member; i < columns; i += team.size) {
        max = maximum(max, value_of(x[i]));
    }
    return team.combine<Largest>(max, shared);
}

/** sum exp(x - max). Every thread of the team gets it. */
template <class T> INLINE Value<T> row_sum_exp(const T* x, Value<T> max, i64 columns, const Team& team, Value<T>* shared) {
    Value<T> sum = 0;
    UNROLLED_UNLESS_F64
    for (i64 i = team.member; i < columns; i += team.size) {
        sum += math_exp(value_of(x[i]) - max);
    }
    return team.combine<Summation>(sum, shared);
}
