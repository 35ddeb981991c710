// Unary functions that take many instructions:  y[i] = f(x[i]).
//
// Arguments: (T* x, T* y, i64 n). One thread: packs of 16 bytes for the short ones in float, single elements for the others, in
// grid strides (see map_unary).
#include "functions.cuh"

#define KERNEL_OF(name, Name, T)                                               \
    KERNEL name##_##T(const type_##T* x, type_##T* y, i64 n) { map_unary<Name<Value<type_##T>>>(x, y, n); }

FOR_FLOATS(KERNEL_OF, exp, Exp)
FOR_FLOATS(KERNEL_OF, expm1, Expm1)
FOR_FLOATS(KERNEL_OF, log, Log)
FOR_FLOATS(KERNEL_OF, log1p, Log1p)
FOR_FLOATS(KERNEL_OF, sin, Sin)
FOR_FLOATS(KERNEL_OF, cos, Cos)
FOR_FLOATS(KERNEL_OF, tanh, Tanh)
FOR_FLOATS(KERNEL_OF, erf, Erf)
FOR_FLOATS(KERNEL_OF, sigmoid, Sigmoid)
FOR_FLOATS(KERNEL_OF, gelu, Gelu)
FOR_FLOATS(KERNEL_OF, gelu_tanh, GeluTanh)
FOR_FLOATS(KERNEL_OF, silu, Silu)
FOR_FLOATS(KERNEL_OF, softplus, Softplus)
