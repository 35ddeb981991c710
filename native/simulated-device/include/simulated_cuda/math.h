// Math functions that CUDA has and C++ lacks. The common ones (expf, logf, tanhf, erff, fmaf, sqrtf ...) are glibc's:
// right to an ulp or so, like the device's, but not the same bits.
#pragma once

#include <algorithm>
#include <cmath>

using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

// CUDA's min and max take mixed integer types; std's do not.
template <class A, class B>
static inline auto min(A a, B b) -> decltype(a + b) {
    return b < a ? b : a;
}
template <class A, class B>
static inline auto max(A a, B b) -> decltype(a + b) {
    return a < b ? b : a;
}
// For floats CUDA's max and min are fmaxf and fminf: a NaN loses against a number.
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }

static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __frsqrt_rn(float x) { return float(1.0 / sqrt(double(x))); }
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline float __fdividef(float a, float b) { return a / b; }
static inline float __saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }
static inline int __float2int_rn(float x) { return int(nearbyintf(x)); }
static inline int __float2int_rz(float x) { return int(x); }
static inline int __float2int_rd(float x) { return int(floorf(x)); }
static inline unsigned __float2uint_rn(float x) { return unsigned(nearbyintf(x)); }
static inline float __int2float_rn(int x) { return float(x); }
static inline float __uint2float_rn(unsigned x) { return float(x); }
static inline float __fmul_rz(float a, float b) {
    double exact = double(a) * double(b);
    float rounded = float(exact);
    return std::fabs(double(rounded)) > std::fabs(exact) ? nextafterf(rounded, 0.0f) : rounded;
}

// Macros: glibc and its newer versions declare some of these names with other linkage.
#define __expf(x) expf(x)
#define __exp10f(x) exp10f(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __log10f(x) log10f(x)
#define __powf(x, y) powf(x, y)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __tanf(x) tanf(x)
#define __sincosf(x, s, c) sincosf(x, s, c)
#define sinpif(x) float(sin(3.14159265358979323846 * double(x)))
#define cospif(x) float(cos(3.14159265358979323846 * double(x)))
#define sincospif(x, s, c) (*(s) = sinpif(x), *(c) = cospif(x))
