// The functions of one or two numbers, for float and double by overloading. Formulas and special cases are those of the CPU
// backend's ScalarMath; float is computed in float (a few units in the last place of the CPU's rounded double).
#pragma once
#include "common.cuh"

#define MATH(name)                                                             \
    INLINE float math_##name(float x) { return name##f(x); }                   \
    INLINE double math_##name(double x) { return name(x); }
MATH(sqrt)
MATH(exp)
MATH(expm1)
MATH(log)
MATH(log1p)
MATH(sin)
MATH(cos)
MATH(tanh)
MATH(erf)
MATH(erfc)
MATH(floor)
MATH(ceil)
MATH(rint)
MATH(fabs)
#undef MATH

INLINE float math_fmod(float a, float b) { return fmodf(a, b); }
INLINE double math_fmod(double a, double b) { return fmod(a, b); }
INLINE float math_pow(float a, float b) { return powf(a, b); }
INLINE double math_pow(double a, double b) { return pow(a, b); }
INLINE float math_fma(float a, float b, float c) { return fmaf(a, b, c); }
INLINE double math_fma(double a, double b, double c) { return fma(a, b, c); }

/** 1 / (1 + exp(-x)). */
template <class F> INLINE F sigmoid(F x) { return (F)1 / ((F)1 + math_exp(-x)); }

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
template <class F> INLINE F softplus(F x) {
    return maximum(x, (F)0) + math_log1p(math_exp(-math_fabs(x)));
}

/**
 * erfc(x / sqrt 2). The product is split in two, since erfc's relative error is 2 x^2 times that of its argument:
 * erfc(z + e) = erfc(z) (1 - 2 z e) to first order in the tail, where alone it matters.
 */
template <class F> INLINE F normal_tail(F x) {
    const F high = (F)0.70710678118654752440;
    const F low = (F)(0.70710678118654752440 - (double)high);
    F z = x * high;
    F rest = math_fma(x, high, -z) + x * low;
    F tail = math_erfc(z);
    return z > (F)1 ? tail * ((F)1 - (F)2 * z * rest) : tail;
}

/** x (1 + erf(x / sqrt 2)) / 2, by erfc so that the left tail stays exact. */
template <class F> INLINE F gelu(F x) { return x < (F)-40 ? x * (F)0 : (F)0.5 * x * normal_tail(-x); }

/** The derivative of gelu: Phi(x) + x phi(x). */
template <class F> INLINE F gelu_slope(F x) {
    const F density = (F)0.39894228040143267794;
    F slope = (F)0.5 * normal_tail(-x) + x * density * math_exp((F)-0.5 * x * x);
    return x < (F)-40 ? (F)0 : slope;
}

/** x (1 + tanh(z / 2)) / 2, z = sqrt(8 / pi) (x + 0.044715 x^3), by the sigmoid so that the left tail stays exact. */
template <class F> INLINE F gelu_by_tanh(F x) {
    return x * sigmoid((F)1.5957691216057307 * x * ((F)1 + (F)0.044715 * x * x));
}

/** The derivative of gelu_by_tanh, s + x z' s (1 - s) with s = sigmoid(z); s (1 - s) without a difference, which would cancel. */
template <class F> INLINE F gelu_by_tanh_slope(F x) {
    const F scale = (F)1.5957691216057307;
    F square = x * x;
    F z = scale * x * ((F)1 + (F)0.044715 * square);
    F tail = math_exp(-math_fabs(z));
    F large = (F)1 / ((F)1 + tail);
    F s = z < (F)0 ? tail * large : large;
    F slope = s + x * scale * ((F)1 + (F)(3 * 0.044715) * square) * (tail * large * large);
    return x < (F)-40 ? (F)0 : x > (F)40 ? (F)1 : slope;
}

/** The derivative of x sigmoid(x). */
template <class F> INLINE F silu_slope(F x) {
    F s = sigmoid(x);
    return s * ((F)1 + x * ((F)1 - s));
}

/** Java's pow: NaN to any power but 0, 1 to the power of NaN, and 1 or -1 to an infinite power are NaN. */
template <class F> INLINE F power(F a, F b) {
    bool undefined = b != b || (math_fabs(a) == (F)1 && math_fabs(b) == infinity((F)0));
    return undefined ? not_a_number((F)0) : math_pow(a, b);
}

/** The remainder of division rounded down; it has the divisor's sign. */
template <class F> INLINE F floor_mod(F a, F b) {
    F rest = math_fmod(a, b);
    return rest != (F)0 && (rest < (F)0) != (b < (F)0) ? rest + b : rest;
}

/** Integers: division by 0 gives 0, as its remainder. */
INLINE i64 floor_quotient(i64 a, i64 b) {
    if (b == 0 || b == -1) {
        return b == 0 ? 0 : (i64)(0 - (u64)a);
    }
    i64 quotient = a / b;
    return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
INLINE i64 floor_mod(i64 a, i64 b) {
    if (b == 0 || b == -1) {
        return 0;
    }
    i64 rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
INLINE float floor_quotient(float a, float b) { return floorf(a / b); }
INLINE double floor_quotient(double a, double b) { return floor(a / b); }
