// Unary functions:  y[i] = f(x[i]).
//
// Arguments: (T* x, T* y, i64 n); is_nan and is_finite write bool. One thread: packs of 16 bytes in grid strides (see map_unary).
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
