// 16-bit floating point as storage: conversions to and from float, rounding to nearest even. No arithmetic: kernels
// compute in float.
#pragma once

#include <cstdint>

#include "bits.h"

struct alignas(2) __nv_bfloat16 {
    uint16_t bits;
};

struct alignas(2) __half {
    uint16_t bits;
};

using half = __half;
using nv_bfloat16 = __nv_bfloat16;

namespace lamina::sim {

static inline float bfloat16_to_float(uint16_t bits) { return bit_cast<float>(uint32_t(bits) << 16); }

static inline uint16_t float_to_bfloat16(float value) {
    uint32_t bits = bit_cast<uint32_t>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return 0x7fff; // the NaN that the device's conversion makes
    }
    return uint16_t((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

static inline float half_to_float(uint16_t bits) {
    uint32_t sign = uint32_t(bits & 0x8000u) << 16;
    uint32_t exponent = (bits >> 10) & 0x1fu;
    uint32_t fraction = bits & 0x3ffu;
    if (exponent == 0x1f) {
        return bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
    }
    if (exponent == 0) {
        float magnitude = float(fraction) * 0x1p-24f;
        return sign != 0 ? -magnitude : magnitude;
    }
    return bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

static inline uint16_t float_to_half(float value) {
    uint32_t bits = bit_cast<uint32_t>(value);
    uint16_t sign = uint16_t((bits >> 16) & 0x8000u);
    uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return 0x7fff;
    }
    if (magnitude >= 0x477ff000u) { // 65520 and more round to infinity
        return uint16_t(sign | 0x7c00u);
    }
    if (magnitude < 0x38800000u) { // subnormal: count units of 2^-24; adding 0.5 makes the FPU round to even
        float units = bit_cast<float>(magnitude) + 0.5f;
        return uint16_t(sign | (bit_cast<uint32_t>(units) - 0x3f000000u));
    }
    uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
    return uint16_t(sign | ((rounded - 0x38000000u) >> 13));
}

} // namespace lamina::sim

static inline float __bfloat162float(__nv_bfloat16 v) { return lamina::sim::bfloat16_to_float(v.bits); }
static inline __nv_bfloat16 __float2bfloat16(float v) { return {lamina::sim::float_to_bfloat16(v)}; }
static inline __nv_bfloat16 __float2bfloat16_rn(float v) { return __float2bfloat16(v); }
static inline __nv_bfloat16 __ushort_as_bfloat16(unsigned short v) { return {v}; }
static inline unsigned short __bfloat16_as_ushort(__nv_bfloat16 v) { return v.bits; }
static inline float __half2float(__half v) { return lamina::sim::half_to_float(v.bits); }
static inline __half __float2half(float v) { return {lamina::sim::float_to_half(v)}; }
static inline __half __float2half_rn(float v) { return __float2half(v); }
static inline __half __ushort_as_half(unsigned short v) { return {v}; }
static inline unsigned short __half_as_ushort(__half v) { return v.bits; }
