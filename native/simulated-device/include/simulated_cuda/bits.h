// Bit casts, integer intrinsics and loads with cache hints (plain loads here).
#pragma once

#include <cstdint>
#include <cstring>

namespace lamina::sim {

template <class To, class From>
static inline To bit_cast(From from) {
    static_assert(sizeof(To) == sizeof(From), "same size");
    To to;
    std::memcpy(&to, &from, sizeof(To));
    return to;
}

} // namespace lamina::sim

static inline int __float_as_int(float v) { return lamina::sim::bit_cast<int>(v); }
static inline unsigned __float_as_uint(float v) { return lamina::sim::bit_cast<unsigned>(v); }
static inline float __int_as_float(int v) { return lamina::sim::bit_cast<float>(v); }
static inline float __uint_as_float(unsigned v) { return lamina::sim::bit_cast<float>(v); }
static inline long long __double_as_longlong(double v) { return lamina::sim::bit_cast<long long>(v); }
static inline double __longlong_as_double(long long v) { return lamina::sim::bit_cast<double>(v); }

static inline int __popc(unsigned v) { return __builtin_popcount(v); }
static inline int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
static inline int __clz(int v) { return v == 0 ? 32 : __builtin_clz(unsigned(v)); }
static inline int __clzll(long long v) { return v == 0 ? 64 : __builtin_clzll((unsigned long long)v); }
static inline int __ffs(int v) { return __builtin_ffs(v); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned((uint64_t(a) * b) >> 32); }
static inline int __mulhi(int a, int b) { return int((int64_t(a) * b) >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)((unsigned __int128)(a) * b >> 64);
}

#define LAMINA_SIM_LOAD(name)                                                                                          \
    template <class T>                                                                                                 \
    static inline T name(const T* address) {                                                                           \
        return *address;                                                                                               \
    }
#define LAMINA_SIM_STORE(name)                                                                                         \
    template <class T>                                                                                                 \
    static inline void name(T* address, T value) {                                                                     \
        *address = value;                                                                                              \
    }

LAMINA_SIM_LOAD(__ldg)
LAMINA_SIM_LOAD(__ldcs)
LAMINA_SIM_LOAD(__ldcg)
LAMINA_SIM_LOAD(__ldca)
LAMINA_SIM_STORE(__stcs)
LAMINA_SIM_STORE(__stcg)
LAMINA_SIM_STORE(__stwb)
