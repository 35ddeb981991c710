// Sums and means:  y = (sum of x) / divisor, along the middle axis of (outer, count, inner) or along any axes. Integers wrap.
//
// reduce_sum_rows_t: (T* x, T* y, i64 outer, i64 count, i64 chunk, f64 divisor), inner = 1. One team (a warp, or a block for chunks
// of more than 1024): one chunk of one row; a thread: every 32nd (256th) element of it, in four strands.
// reduce_sum_columns_t: (T* x, T* y, i64 outer, i64 count, i64 inner, i64 chunk, f64 divisor). One block: one chunk of 32 columns; a
// thread: every eighth element of a column, in four strands.
// reduce_sum_general_t: (T* x, T* y, Strides s, i64 n, i32 kept, f64 divisor). One warp: one result.
// _partial and _finish: the two launches of a long sum of bf16 or f16, with float between them.
#include "reduction.cuh"

FOR_NUMBERS(KERNELS_OF, reduce_sum, Summation)

#define TWO_STAGES_OF(T)                                                       \
    ROWS_OF(reduce_sum_rows_partial_##T, Summation, T, f32)                    \
    ROWS_OF(reduce_sum_rows_finish_##T, Summation, f32, T)                     \
    COLUMNS_OF(reduce_sum_columns_partial_##T, Summation, T, f32)              \
    COLUMNS_OF(reduce_sum_columns_finish_##T, Summation, f32, T)
TWO_STAGES_OF(bf16)
TWO_STAGES_OF(f16)
