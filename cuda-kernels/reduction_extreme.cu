// Maxima and minima:  y = the largest (smallest) of x, along the middle axis of (outer, count, inner) or along any axes; NaN if one is
// NaN. Of bool: "any" and "all".
//
// Arguments and threads: as in reduction_sum.cu; the divisor is not used.
#include "reduction.cuh"

FOR_ALL(KERNELS_OF, reduce_max, Largest)
FOR_ALL(KERNELS_OF, reduce_min, Smallest)
