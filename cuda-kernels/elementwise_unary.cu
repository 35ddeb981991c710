// Unary functions:  y[i] = f(x[i]).
//
// Arguments: (T* x, T* y, i64 n); is_nan and is_finite write bool. One thread: packs of 16 bytes in grid strides (see map_unary).
#include "functions.cuh"

#define KERNEL_OF(name, Name, T, R)                                            \
    KERNEL name(const type_##T* x, type_##R* y, i64 n) { map_unary<Name>(x, y, n); }
#define SAME_TYPE(name, Name, T) KERNEL_OF(name##_##T, Name, T, T)
#define TO_BOOL(name, Name, T) KERNEL_OF(name##_##T, Name, T, bool)

FOR_NUMBERS(SAME_TYPE, negate, Negate)
FOR_NUMBERS(SAME_TYPE, abs, Abs)
FOR_NUMBERS(SAME_TYPE, sign, Sign)
FOR_NUMBERS(SAME_TYPE, square, Square)
FOR_NUMBERS(SAME_TYPE, relu, Relu)
FOR_FLOATS(SAME_TYPE, reciprocal, Reciprocal)
FOR_FLOATS(SAME_TYPE, sqrt, Sqrt)
FOR_FLOATS(SAME_TYPE, rsqrt, Rsqrt)
FOR_FLOATS(SAME_TYPE, floor, Floor)
FOR_FLOATS(SAME_TYPE, ceil, Ceil)
FOR_FLOATS(SAME_TYPE, round, Round)
FOR_FLOATS(TO_BOOL, is_nan, IsNan)
FOR_FLOATS(TO_BOOL, is_finite, IsFinite)
KERNEL_OF(logical_not_bool, LogicalNot, bool, bool)
