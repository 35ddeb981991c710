// Function and variable qualifiers, and CUDA's vector types with their alignments.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

// scripts/list-kernels.sh preprocesses with LAMINA_SIM_LIST_KERNELS so that __global__ survives and names can be found,
// also those of kernels that a macro makes.
#ifndef LAMINA_SIM_LIST_KERNELS
#define __global__
#endif
#define __device__
#define __host__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))

// One block runs at a time, so a shared variable is a static one. build.sh gives each source file its own section: the
// engine poisons that range, and only that, before every block of a kernel of the file.
#ifndef LAMINA_SIM_SHARED_SECTION
#define LAMINA_SIM_SHARED_SECTION lamina_shared
#endif
#define LAMINA_SIM_TEXT_(name) #name
#define LAMINA_SIM_TEXT(name) LAMINA_SIM_TEXT_(name)
#define __shared__ static __attribute__((section(LAMINA_SIM_TEXT(LAMINA_SIM_SHARED_SECTION))))

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;

    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

#define LAMINA_SIM_VECTOR2(name, type, alignment)                                                                      \
    struct alignas(alignment) name {                                                                                   \
        type x, y;                                                                                                     \
    };                                                                                                                 \
    static inline name make_##name(type x, type y) { return {x, y}; }
#define LAMINA_SIM_VECTOR4(name, type, alignment)                                                                      \
    struct alignas(alignment) name {                                                                                   \
        type x, y, z, w;                                                                                               \
    };                                                                                                                 \
    static inline name make_##name(type x, type y, type z, type w) { return {x, y, z, w}; }

LAMINA_SIM_VECTOR2(float2, float, 8)
LAMINA_SIM_VECTOR2(double2, double, 16)
LAMINA_SIM_VECTOR2(int2, int, 8)
LAMINA_SIM_VECTOR2(uint2, unsigned, 8)
LAMINA_SIM_VECTOR2(longlong2, long long, 16)
LAMINA_SIM_VECTOR2(ulonglong2, unsigned long long, 16)
LAMINA_SIM_VECTOR2(ushort2, unsigned short, 4)
LAMINA_SIM_VECTOR4(float4, float, 16)
LAMINA_SIM_VECTOR4(int4, int, 16)
LAMINA_SIM_VECTOR4(uint4, unsigned, 16)
LAMINA_SIM_VECTOR4(ushort4, unsigned short, 8)
LAMINA_SIM_VECTOR4(uchar4, unsigned char, 4)
LAMINA_SIM_VECTOR4(char4, signed char, 4)
