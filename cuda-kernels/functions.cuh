// The elementwise functions as structs: one for each op, see Function. The kernels of single ops and that of chains are made of them.
#pragma once
#include "elementwise.cuh"
#include "math.cuh"

// Integers wrap: arithmetic on i64 is done unsigned.
INLINE float negated(float x) { return -x; }
INLINE double negated(double x) { return -x; }
INLINE i64 negated(i64 x) { return (i64)(0 - (u64)x); }
INLINE float magnitude(float x) { return fabsf(x); }
INLINE double magnitude(double x) { return fabs(x); }
INLINE i64 magnitude(i64 x) { return x < 0 ? negated(x) : x; }
INLINE float squared(float x) { return x * x; }
INLINE double squared(double x) { return x * x; }
INLINE i64 squared(i64 x) { return (i64)((u64)x * (u64)x); }

/** NaN stays NaN; 0 stays 0 with its sign. */
template <class V> INLINE V sign_of(V x) { return x > (V)0 ? (V)1 : x < (V)0 ? (V)-1 : x; }

/** max(x, 0); NaN stays NaN. */
template <class V> INLINE V relu_of(V x) { return x > (V)0 || x != x ? x : (V)0; }

#define UNARY(Name, light, expression)                                         \
    struct Name : Function<light> {                                            \
        template <class V> INLINE V value(V x) { return expression; }          \
    };
UNARY(Negate, true, negated(x))
UNARY(Abs, true, magnitude(x))
UNARY(Sign, true, sign_of(x))
UNARY(Square, true, squared(x))
UNARY(Relu, true, relu_of(x))
UNARY(Reciprocal, true, (V)1 / x)
UNARY(Sqrt, true, math_sqrt(x))
UNARY(Rsqrt, true, (V)1 / math_sqrt(x))
UNARY(Floor, true, math_floor(x))
UNARY(Ceil, true, math_ceil(x))
UNARY(Round, true, math_rint(x))

struct IsNan : Function<true> {
    template <class V> INLINE i64 value(V x) { return x != x; }
};
struct IsFinite : Function<true> {
    template <class V> INLINE i64 value(V x) { return math_fabs(x) < infinity((V)0); }
};
struct LogicalNot : Function<true> {
    INLINE i64 value(i64 x) { return 1 - x; }
};

// In double all of them are long, and none is unrolled.
#define LONG_UNARY(Name, light, expression)                                    \
    template <class V> struct Name : Function<light && sizeof(V) == 4> {       \
        INLINE V value(V x) { return expression; }                             \
    };
LONG_UNARY(Exp, true, math_exp(x))
LONG_UNARY(Expm1, false, math_expm1(x))
LONG_UNARY(Log, true, math_log(x))
LONG_UNARY(Log1p, false, math_log1p(x))
LONG_UNARY(Sin, false, math_sin(x))
LONG_UNARY(Cos, false, math_cos(x))
LONG_UNARY(Tanh, true, math_tanh(x))
LONG_UNARY(Erf, false, math_erf(x))
LONG_UNARY(Sigmoid, true, sigmoid(x))
LONG_UNARY(Gelu, false, gelu(x))
LONG_UNARY(GeluTanh, true, gelu_by_tanh(x))
LONG_UNARY(Silu, true, x * sigmoid(x))
LONG_UNARY(Softplus, false, softplus(x))

INLINE i64 plus(i64 a, i64 b) { return (i64)((u64)a + (u64)b); }
INLINE i64 minus(i64 a, i64 b) { return (i64)((u64)a - (u64)b); }
INLINE i64 times(i64 a, i64 b) { return (i64)((u64)a * (u64)b); }
template <class F> INLINE F plus(F a, F b) { return a + b; }
template <class F> INLINE F minus(F a, F b) { return a - b; }
template <class F> INLINE F times(F a, F b) { return a * b; }

#define BINARY(Name, light, expression)                                        \
    template <class V> struct Name : Function<light> {                         \
        INLINE V value(V a, V b) { return expression; }                        \
    };
BINARY(Add, true, plus(a, b))
BINARY(Subtract, true, minus(a, b))
BINARY(Multiply, true, times(a, b))
BINARY(Divide, true, a / b)
BINARY(FloorDivide, false, floor_quotient(a, b))
BINARY(Mod, false, floor_mod(a, b))
BINARY(Power, false, power(a, b))
BINARY(Maximum, true, maximum(a, b))
BINARY(Minimum, true, minimum(a, b))

// Gradients of activations.

#define BACKWARD(Name, light, expression)                                      \
    template <class V> struct Name : Function<light> {                         \
        INLINE V value(V s, V dy) { return expression; }                       \
    };
BACKWARD(ReluBackward, true, s > (V)0 ? dy : (V)0)
BACKWARD(TanhBackward, true, times(dy, (V)1 - times(s, s)))
BACKWARD(SigmoidBackward, true, times(times(dy, s), (V)1 - s))
BACKWARD(GeluBackward, false, dy * gelu_slope(s))
BACKWARD(GeluTanhBackward, sizeof(V) == 4, dy * gelu_by_tanh_slope(s))
BACKWARD(SiluBackward, sizeof(V) == 4, dy * silu_slope(s))

// Comparisons and logic.

#define COMPARISON(Name, expression)                                           \
    template <class V> struct Name : Function<true> {                          \
        INLINE i64 value(V a, V b) { return expression; }                      \
    };
COMPARISON(Equal, a == b)
COMPARISON(NotEqual, a != b)
COMPARISON(Less, a < b)
COMPARISON(LessEqual, a <= b)
COMPARISON(Greater, a > b)
COMPARISON(GreaterEqual, a >= b)
COMPARISON(LogicalAnd, a & b)
COMPARISON(LogicalOr, a | b)
