/*
 * Functions of float numbers over arrays: the C of dev.lamina.backend.cpu.FloatMath, with the same operations in the same
 * order, which explains them. They are computed in double; every choice has both sides computed, so that the loops vectorise.
 */
#include "loop.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#define INVERSE_LOG_2 1.4426950408889634
#define LOG_2 0.6931471805599453
#define ROUNDER 0x1.8p52
#define MOST 709.79
#define LEAST (-708.0)
#define EXPM1_MOST 200.0
#define TANH_MOST 20.0
#define BIAS 1023
#define MANTISSA 52
#define SQRT_HALF 0.7071067811865476
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdull
#define WHOLE_BITS (0x433ull << MANTISSA)
#define WHOLE (0x1p52 + 1024)
#define INVERSE_SQRT_PI 0.5641895835477563
#define INVERSE_SQRT_2_PI 0.3989422804014327
#define ERF_SMALL 0.46875
#define ERF_MIDDLE 4.0
#define GELU_LEAST (-40.0)
#define BY_TANH_SCALE 1.5957691216057307
#define BY_TANH_CUBIC 0.044715
#define BY_TANH_FAR 40.0
#define LOG1P_SMALL 0.25

INLINE uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE double as_double(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(r) - 1 for small r. */
INLINE double less_of(double r) {
    double p = 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    return p * r;
}

INLINE double exp_of(double x) {
    double inside = x < LEAST ? LEAST : x;
    inside = inside > MOST ? MOST : inside;
    double shifted = inside * INVERSE_LOG_2 + ROUNDER;
    double k = shifted - ROUNDER;
    double power = as_double((bits_of(shifted) + BIAS) << MANTISSA);
    double result = power * (1 + less_of(inside - k * LOG_2));
    return x < LEAST ? 0 : result;
}

INLINE double expm1_of(double x) {
    double inside = x < LEAST ? LEAST : x;
    inside = inside > EXPM1_MOST ? EXPM1_MOST : inside;
    double shifted = inside * INVERSE_LOG_2 + ROUNDER;
    double k = shifted - ROUNDER;
    double power = as_double((bits_of(shifted) + BIAS) << MANTISSA);
    double e = less_of(inside - k * LOG_2);
    /* For k = 0 the sum would be e as well, but for the sign of zero. */
    double sum = power * e + (power - 1);
    return k == 0 ? e : sum;
}

INLINE double tanh_of(double x) {
    double inside = x < -TANH_MOST ? -TANH_MOST : x;
    inside = inside > TANH_MOST ? TANH_MOST : inside;
    double e = expm1_of(2 * inside);
    return e / (e + 2);
}

INLINE double sigmoid_of(double x) {
    return 1 / (1 + exp_of(-x));
}

INLINE double silu_of(double x) {
    return x / (1 + exp_of(-x));
}

/* 2 atanh(s) for |s| <= 1/3. */
INLINE double twice_atanh_of(double s) {
    double z = s * s;
    double p = 1.0 / 25;
    p = p * z + 1.0 / 23;
    p = p * z + 1.0 / 21;
    p = p * z + 1.0 / 19;
    p = p * z + 1.0 / 17;
    p = p * z + 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    double twice = s + s;
    return twice + twice * (p * z);
}

/* 2 atanh(s) for |s| <= 0.18. */
INLINE double near_atanh_of(double s) {
    double z = s * s;
    double p = 1.0 / 17;
    p = p * z + 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    double twice = s + s;
    return twice + twice * (p * z);
}

/* The logarithm of x, which is result where it is finite. */
INLINE double log_or(double x, double result) {
    double some = x == (double)INFINITY ? x : result;
    double none = x == 0 ? -(double)INFINITY : (double)NAN;
    return x > 0 ? some : none;
}

INLINE double log_of(double x) {
    uint64_t bits = bits_of(x);
    uint64_t exponent = (bits - SQRT_HALF_BITS + (1024ull << MANTISSA)) >> MANTISSA;
    double m = as_double(bits - ((exponent - 1024) << MANTISSA));
    double k = as_double(exponent | WHOLE_BITS) - WHOLE;
    double f = m - 1;
    return log_or(x, k * LOG_2 + near_atanh_of(f / (2 + f)));
}

INLINE double log1p_of(double x) {
    double y = 1 + x;
    int small = (x > -LOG1P_SMALL) & (x < LOG1P_SMALL);
    uint64_t bits = bits_of(y);
    uint64_t exponent = (bits - SQRT_HALF_BITS + (1024ull << MANTISSA)) >> MANTISSA;
    double m = as_double(bits - ((exponent - 1024) << MANTISSA));
    double k = as_double(exponent | WHOLE_BITS) - WHOLE;
    double rest = m - 1;
    double f = small ? x : rest;
    double part = near_atanh_of(f / (2 + f));
    double large = log_or(y, k * LOG_2 + part);
    return small ? part : large;
}

INLINE double softplus_of(double x) {
    double size = x < 0 ? x : -x;
    double y = exp_of(size);
    double above = x > 0 ? x : 0;
    return above + twice_atanh_of(y / (2 + y));
}

/* erf(x) for small x, exp(x^2) erfc(|x|) for others: one division of what fits. */
INLINE double erf_part_of(double x) {
    double size = x < 0 ? -x : x;
    double square = x * x;
    double small = 1.85777706184603153e-1;
    small = small * square + 3.16112374387056560e0;
    small = small * square + 1.13864154151050156e2;
    small = small * square + 3.77485237685302021e2;
    small = small * square + 3.20937758913846947e3;
    double small_below = square + 2.36012909523441209e1;
    small_below = small_below * square + 2.44024637934444173e2;
    small_below = small_below * square + 1.28261652607737228e3;
    small_below = small_below * square + 2.84423683343917062e3;
    double middle = 2.15311535474403846e-8;
    middle = middle * size + 5.64188496988670089e-1;
    middle = middle * size + 8.88314979438837594e0;
    middle = middle * size + 6.61191906371416295e1;
    middle = middle * size + 2.98635138197400131e2;
    middle = middle * size + 8.81952221241769090e2;
    middle = middle * size + 1.71204761263407058e3;
    middle = middle * size + 2.05107837782607147e3;
    middle = middle * size + 1.23033935479799725e3;
    double middle_below = size + 1.57449261107098347e1;
    middle_below = middle_below * size + 1.17693950891312499e2;
    middle_below = middle_below * size + 5.37181101862009858e2;
    middle_below = middle_below * size + 1.62138957456669019e3;
    middle_below = middle_below * size + 3.29079923573345963e3;
    middle_below = middle_below * size + 4.36261909014324716e3;
    middle_below = middle_below * size + 3.43936767414372164e3;
    middle_below = middle_below * size + 1.23033935480374942e3;
    double inverse = 1 / square;
    double tail = 1.63153871373020978e-2;
    tail = tail * inverse + 3.05326634961232344e-1;
    tail = tail * inverse + 3.60344899949804439e-1;
    tail = tail * inverse + 1.25781726111229246e-1;
    tail = tail * inverse + 1.60837851487422766e-2;
    tail = tail * inverse + 6.58749161529837803e-4;
    double tail_below = inverse + 2.56852019228982242e0;
    tail_below = tail_below * inverse + 1.87295284992346725e0;
    tail_below = tail_below * inverse + 5.27905102951428412e-1;
    tail_below = tail_below * inverse + 6.05183413124413191e-2;
    tail_below = tail_below * inverse + 2.33520497626869185e-3;
    double large = INVERSE_SQRT_PI * tail_below - inverse * tail;
    double large_below = size * tail_below;
    double above = size <= ERF_MIDDLE ? middle : large;
    double below = size <= ERF_MIDDLE ? middle_below : large_below;
    double scaled = x * small;
    above = size <= ERF_SMALL ? scaled : above;
    below = size <= ERF_SMALL ? small_below : below;
    return above / below;
}

INLINE double erf_of(double x) {
    double size = x < 0 ? -x : x;
    double part = erf_part_of(x);
    double large = 1 - exp_of(-x * x) * part;
    double whole = x < 0 ? -large : large;
    return size <= ERF_SMALL ? part : whole;
}

INLINE double erfc_of(double x) {
    double size = x < 0 ? -x : x;
    double part = erf_part_of(x);
    double near = 1 - part;
    double far = exp_of(-x * x) * part;
    double other = 2 - far;
    double large = x < 0 ? other : far;
    return size <= ERF_SMALL ? near : large;
}

/* x (1 + erf(x / sqrt 2)) / 2, by erfc so that the left tail stays exact. */
INLINE double gelu_of(double x) {
    double result = 0.5 * x * erfc_of(-x * SQRT_HALF);
    return x < GELU_LEAST ? x * 0.0 : result;
}

/* The derivative of gelu. */
INLINE double gelu_slope_of(double x) {
    double result = 0.5 * erfc_of(-x * SQRT_HALF) + x * INVERSE_SQRT_2_PI * exp_of(-0.5 * x * x);
    return x < GELU_LEAST ? 0 : result;
}

/* x (1 + tanh(z / 2)) / 2, z = sqrt(8 / pi) (x + 0.044715 x^3), by the sigmoid so that the left tail stays exact. */
INLINE double gelu_by_tanh_of(double x) {
    return x * sigmoid_of(BY_TANH_SCALE * x * (1 + BY_TANH_CUBIC * x * x));
}

/* The derivative of gelu_by_tanh, s + x z' s (1 - s) with s = sigmoid(z); no difference cancels. */
INLINE double gelu_by_tanh_slope_of(double x) {
    double square = x * x;
    double z = BY_TANH_SCALE * x * (1 + BY_TANH_CUBIC * square);
    double size = z < 0 ? -z : z;
    double tail = exp_of(-size);
    double large = 1 / (1 + tail);
    double small = tail * large;
    double s = z < 0 ? small : large;
    double result = s + x * BY_TANH_SCALE * (1 + 3 * BY_TANH_CUBIC * square) * (small * large);
    double left = x < -BY_TANH_FAR ? 0 : result;
    return x > BY_TANH_FAR ? 1 : left;
}

/* The derivative of x sigmoid(x). */
INLINE double silu_slope_of(double x) {
    double s = sigmoid_of(x);
    return s * (1 + x * (1 - s));
}

/* The numbers of dev.lamina.backend.cpu.NativeFunctions. */
enum function { EXP, EXPM1, LOG, LOG1P, TANH, ERF, SIGMOID, GELU, SILU, SOFTPLUS, GELU_TANH };

#define MAP(name, of)                                                          \
    case name:                                                                 \
        EACH                                                                   \
        for (int64_t i = 0; i < n; i++) {                                      \
            y[i] = (float)of(x[i]);                                            \
        }                                                                      \
        break;

/* y = function(x) */
LOOP void lamina_map(int32_t function, const float *x, float *y, int64_t n) {
    switch ((enum function)function) {
        MAP(EXP, exp_of)
        MAP(EXPM1, expm1_of)
        MAP(LOG, log_of)
        MAP(LOG1P, log1p_of)
        MAP(TANH, tanh_of)
        MAP(ERF, erf_of)
        MAP(SIGMOID, sigmoid_of)
        MAP(GELU, gelu_of)
        MAP(SILU, silu_of)
        MAP(SOFTPLUS, softplus_of)
        MAP(GELU_TANH, gelu_by_tanh_of)
    }
}

/* dx = dy gelu'(s), or that of gelu by tanh, or of silu */
LOOP void lamina_map_backward(int32_t function, const float *s, const float *dy, float *dx, int64_t n) {
    if (function == GELU) {
        EACH
        for (int64_t i = 0; i < n; i++) {
            dx[i] = (float)(dy[i] * gelu_slope_of(s[i]));
        }
    } else if (function == GELU_TANH) {
        EACH
        for (int64_t i = 0; i < n; i++) {
            dx[i] = (float)(dy[i] * gelu_by_tanh_slope_of(s[i]));
        }
    } else {
        EACH
        for (int64_t i = 0; i < n; i++) {
            dx[i] = (float)(dy[i] * silu_slope_of(s[i]));
        }
    }
}
