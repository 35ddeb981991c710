// What all kernels share: element types, conversions, wide accesses, strides, and the lists that instantiate kernels for types.
//
// The same sources are compiled by nvcc to PTX and by g++ for the simulated device; then simulated_cuda.h supplies CUDA's words.
#pragma once

#ifdef __CUDACC__
#define DYNAMIC_SHARED(type, name)                                             \
    extern __shared__ __align__(16) unsigned char name##_bytes[];              \
    type* name = reinterpret_cast<type*>(name##_bytes)
#define UNROLLED _Pragma("unroll")
#define UNROLLED_BY_4 _Pragma("unroll 4")
#define ROLLED _Pragma("unroll 1")
// For loops whose body is long in double: T is the element type.
#define UNROLLED_UNLESS_F64 _Pragma("unroll (sizeof(T) == 8 ? 1 : 4)")
#else
#include "simulated_cuda.h"
#define UNROLLED
#define UNROLLED_BY_4
#define ROLLED
#define UNROLLED_UNLESS_F64
#endif

/** An entry point: C linkage, blocks of BLOCK threads, four of them on a multiprocessor (so at most 64 registers a thread). */
#define KERNEL extern "C" __global__ void __launch_bounds__(256, 4)
#define INLINE static __device__ __forceinline__

constexpr int BLOCK = 256;
constexpr int WARPS = BLOCK / 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

typedef long long i64;
typedef unsigned long long u64;

// ---- Element types: type_<suffix of the kernel's name> ----

typedef float type_f32;
typedef double type_f64;
struct type_bf16 { unsigned short bits; };
struct type_f16 { unsigned short bits; };
typedef int type_i32;
typedef i64 type_i64;
typedef unsigned char type_u8;
struct type_bool { unsigned char bits; };
typedef unsigned char type_b1;
typedef unsigned short type_b2;
typedef unsigned int type_b4;
typedef u64 type_b8;

/** Value: what an element is computed in. Sum: what sums of it are kept in (the ABI's "A"). */
template <class T> struct Element;
template <> struct Element<type_f32> { typedef float Value; typedef float Sum; };
template <> struct Element<type_f64> { typedef double Value; typedef double Sum; };
template <> struct Element<type_bf16> { typedef float Value; typedef float Sum; };
template <> struct Element<type_f16> { typedef float Value; typedef float Sum; };
template <> struct Element<type_i32> { typedef i64 Value; typedef i64 Sum; };
template <> struct Element<type_i64> { typedef i64 Value; typedef i64 Sum; };
template <> struct Element<type_u8> { typedef i64 Value; typedef i64 Sum; };
template <> struct Element<type_bool> { typedef i64 Value; typedef i64 Sum; };
template <class T> using Value = typename Element<T>::Value;
template <class T> using Sum = typename Element<T>::Sum;

template <class A, class B> struct Same { static constexpr bool yes = false; };
template <class A> struct Same<A, A> { static constexpr bool yes = true; };

/** Another type of the same size with the same bits. */
template <class To, class From> INLINE To bits_as(From from) {
    static_assert(sizeof(To) == sizeof(From), "sizes differ");
    To to;
    __builtin_memcpy(&to, &from, sizeof(To));
    return to;
}

INLINE float not_a_number(float) { return bits_as<float>(0x7fc00000u); }
INLINE double not_a_number(double) { return bits_as<double>(0x7ff8000000000000ull); }
INLINE float infinity(float) { return bits_as<float>(0x7f800000u); }
INLINE double infinity(double) { return bits_as<double>(0x7ff0000000000000ull); }

// ---- Conversions between an element and its Value ----

INLINE float value_of(type_f32 x) { return x; }
INLINE double value_of(type_f64 x) { return x; }
INLINE i64 value_of(type_i32 x) { return x; }
INLINE i64 value_of(type_i64 x) { return x; }
INLINE i64 value_of(type_u8 x) { return x; }
INLINE i64 value_of(type_bool x) { return x.bits != 0; }
INLINE float value_of(type_bf16 x) { return bits_as<float>((unsigned)x.bits << 16); }

INLINE float value_of(type_f16 x) {
#ifdef __CUDACC__
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
#else
    unsigned sign = (x.bits & 0x8000u) << 16;
    unsigned rest = x.bits & 0x7fffu;
    if (rest >= 0x7c00u) {
        return bits_as<float>(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
    }
    if (rest >= 0x400u) {
        return bits_as<float>(sign | ((rest << 13) + 0x38000000u));
    }
    float small = (float)rest * bits_as<float>(0x33800000u);  // rest * 2^-24, exact
    return bits_as<float>(sign | bits_as<unsigned>(small));
#endif
}

/** from_value(v, element): the element of that type nearest to v; integers keep the low bits, bool is v != 0. */
INLINE type_f32 from_value(float v, type_f32) { return v; }
INLINE type_f64 from_value(double v, type_f64) { return v; }
INLINE type_i32 from_value(i64 v, type_i32) { return (int)v; }
INLINE type_i64 from_value(i64 v, type_i64) { return v; }
INLINE type_u8 from_value(i64 v, type_u8) { return (unsigned char)v; }
INLINE type_bool from_value(i64 v, type_bool) { return type_bool{(unsigned char)(v != 0)}; }

/** Ties to even; a NaN stays a quiet NaN. */
INLINE type_bf16 from_value(float v, type_bf16) {
    unsigned bits = bits_as<unsigned>(v);
    unsigned rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    return type_bf16{(unsigned short)(v != v ? (bits >> 16 | 0x40u) : rounded)};
}

INLINE type_f16 from_value(float v, type_f16) {
#ifdef __CUDACC__
    type_f16 y;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(v));
    return y;
#else
    unsigned bits = bits_as<unsigned>(v);
    unsigned sign = bits >> 16 & 0x8000u;
    bits &= 0x7fffffffu;
    unsigned half;
    if (bits > 0x7f800000u) {
        return type_f16{0x7fff};  // NaN, as the instruction gives it
    }
    if (bits >= 0x477ff000u) {
        half = 0x7c00u;  // 65520 and more
    } else if (bits >= 0x38800000u) {
        bits -= 0x38000000u;
        half = (bits + 0xfffu + (bits >> 13 & 1u)) >> 13;
    } else {
        // Below 2^-14: adding 0.5 lets the float adder round to multiples of 2^-24.
        half = bits_as<unsigned>(bits_as<float>(bits) + 0.5f) - 0x3f000000u;
    }
    return type_f16{(unsigned short)(sign | half)};
#endif
}

/** Towards zero, held inside the range of i64; NaN gives 0 (the rule of Java). */
template <class F> INLINE i64 whole(F v) {
    const F limit = (F)9223372036854775808.0;
    if (v != v) {
        return 0;
    }
    if (v >= limit) {
        return 0x7fffffffffffffffll;
    }
    return v < -limit ? -0x7fffffffffffffffll - 1 : (i64)v;
}

/** element_as<T>(v): v of any Value type as an element of type T. */
INLINE float value_as(float v, float) { return v; }
INLINE float value_as(double v, float) { return (float)v; }
INLINE float value_as(i64 v, float) { return (float)v; }
INLINE double value_as(float v, double) { return v; }
INLINE double value_as(double v, double) { return v; }
INLINE double value_as(i64 v, double) { return (double)v; }
INLINE i64 value_as(float v, i64) { return whole(v); }
INLINE i64 value_as(double v, i64) { return whole(v); }
INLINE i64 value_as(i64 v, i64) { return v; }
template <class T, class V> INLINE T element_as(V v) {
    if (Same<T, type_bool>::yes) {
        return from_value(value_as((i64)(v != (V)0), Value<T>()), T());
    }
    return from_value(value_as(v, Value<T>()), T());
}

// ---- Wide accesses ----

template <int BYTES> struct Raw;
template <> struct Raw<16> { typedef uint4 Word; };
template <> struct Raw<8> { typedef u64 Word; };
template <> struct Raw<4> { typedef unsigned Word; };
template <> struct Raw<2> { typedef unsigned short Word; };

/** N neighbouring elements, read and written by one access of 2 to 16 bytes. */
template <class T, int N> struct Pack {
    typedef typename Raw<N * (int)sizeof(T)>::Word Word;
    T item[N];

    INLINE Pack load(const T* from) {
        Word word = *reinterpret_cast<const Word*>(from);
        Pack pack;
        __builtin_memcpy(pack.item, &word, sizeof(Word));
        return pack;
    }

    __device__ __forceinline__ void store(T* to) const {
        Word word;
        __builtin_memcpy(&word, item, sizeof(Word));
        *reinterpret_cast<Word*>(to) = word;
    }

    INLINE bool aligned(const T* pointer) { return (reinterpret_cast<u64>(pointer) & (sizeof(Word) - 1)) == 0; }
};

/** How many elements a thread takes at once where the widest type of a launch has so many bytes. */
INLINE constexpr int pack_width(int bytes) { return bytes >= 8 ? 2 : bytes == 4 ? 4 : 8; }
INLINE constexpr int wider(int a, int b) { return a > b ? a : b; }

// ---- Who does what ----

INLINE i64 thread_index() { return (i64)blockIdx.x * BLOCK + threadIdx.x; }
INLINE i64 thread_count() { return (i64)gridDim.x * BLOCK; }
INLINE i64 ceil_div(i64 a, i64 b) { return (a + b - 1) / b; }

/** Sizes and, for up to three operands, strides in elements. The ABI's struct of 264 bytes. */
struct Strides {
    int rank;
    int zero;
    i64 size[8];
    i64 stride[3][8];
};
static_assert(sizeof(Strides) == 264, "the ABI's size");

/** Where the element at a row-major position lies in N operands. */
template <int N> struct Offsets {
    i64 at[N];

    /** Axes first .. last - 1 of s; the position counts over those alone. */
    INLINE Offsets of(const Strides& s, i64 position, int first, int last) {
        Offsets o;
        UNROLLED
        for (int k = 0; k < N; k++) {
            o.at[k] = 0;
        }
        if (position <= 0xffffffffll) {
            unsigned rest = (unsigned)position;
            ROLLED
            for (int axis = last - 1; axis >= first && rest != 0; axis--) {
                i64 size = s.size[axis];
                unsigned quotient = size > 0xffffffffll ? 0 : rest / (unsigned)size;
                o.add(s, axis, rest - quotient * (unsigned)size);
                rest = quotient;
            }
        } else {
            ROLLED
            for (int axis = last - 1; axis >= first && position != 0; axis--) {
                i64 quotient = position / s.size[axis];
                o.add(s, axis, position - quotient * s.size[axis]);
                position = quotient;
            }
        }
        return o;
    }

    __device__ __forceinline__ void add(const Strides& s, int axis, i64 index) {
        UNROLLED
        for (int k = 0; k < N; k++) {
            at[k] += index * s.stride[k][axis];
        }
    }
};

// ---- Values that must agree with Java to the bit ----

INLINE bool is_negative(float x) { return bits_as<int>(x) < 0; }
INLINE bool is_negative(double x) { return bits_as<i64>(x) < 0; }
/** Math.max: NaN if either is, 0 above -0. */
template <class F> INLINE F max_float(F a, F b) {
    F larger = a > b || (a == b && is_negative(b)) ? a : b;
    return a != a || b != b ? a + b : larger;
}
/** Math.min. */
template <class F> INLINE F min_float(F a, F b) {
    F smaller = a < b || (a == b && is_negative(a)) ? a : b;
    return a != a || b != b ? a + b : smaller;
}
INLINE float maximum(float a, float b) { return max_float(a, b); }
INLINE double maximum(double a, double b) { return max_float(a, b); }
INLINE i64 maximum(i64 a, i64 b) { return a > b ? a : b; }
INLINE float minimum(float a, float b) { return min_float(a, b); }
INLINE double minimum(double a, double b) { return min_float(a, b); }
INLINE i64 minimum(i64 a, i64 b) { return a < b ? a : b; }

// ---- Lists of types: FOR_x(M, a, b) is M(a, b, type) for each; a is the name's beginning, b what the macro needs ----

#define FOR_FLOATS(M, a, b) M(a, b, f32) M(a, b, f64) M(a, b, bf16) M(a, b, f16)
#define FOR_INTEGERS(M, a, b) M(a, b, i32) M(a, b, i64) M(a, b, u8)
#define FOR_NUMBERS(M, a, b) FOR_FLOATS(M, a, b) FOR_INTEGERS(M, a, b)
#define FOR_ALL(M, a, b) FOR_NUMBERS(M, a, b) M(a, b, bool)
#define FOR_SIZES(M, a, b) M(a, b, b1) M(a, b, b2) M(a, b, b4) M(a, b, b8)
