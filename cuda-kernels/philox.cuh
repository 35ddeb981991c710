// Random bits from Philox4x32-10 (Salmon et al., 2011), and uniform float32 numbers of them.
#pragma once
#include "common.cuh"

struct Words {
    unsigned word[4];
};

/** Encrypts the counter (block, draws) under the key seed. */
INLINE Words philox(u64 seed, u64 draws, u64 block) {
    unsigned c0 = (unsigned)block;
    unsigned c1 = (unsigned)(block >> 32);
    unsigned c2 = (unsigned)draws;
    unsigned c3 = (unsigned)(draws >> 32);
    unsigned k0 = (unsigned)seed;
    unsigned k1 = (unsigned)(seed >> 32);
    UNROLLED
    for (int round = 0; round < 10; round++) {
        u64 product0 = 0xD2511F53ull * c0;
        u64 product1 = 0xCD9E8D57ull * c2;
        c0 = (unsigned)(product1 >> 32) ^ c1 ^ k0;
        c1 = (unsigned)product1;
        c2 = (unsigned)(product0 >> 32) ^ c3 ^ k1;
        c3 = (unsigned)product0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return Words{{c0, c1, c2, c3}};
}

/** The number of that type next to v in the direction of zero: rounding to nearest could give 1. v is not negative. */
template <class T> __device__ __forceinline__ T truncated(Value<T> v) { return element_as<T>(v); }
template <> __device__ __forceinline__ type_bf16 truncated<type_bf16>(float v) { return type_bf16{(unsigned short)(bits_as<unsigned>(v) >> 16)}; }
template <> __device__ __forceinline__ type_f16 truncated<type_f16>(float v) {
    type_f16 nearest = element_as<type_f16>(v);
    return value_of(nearest) > v ? type_f16{(unsigned short)(nearest.bits - 1)} : nearest;
}

/** How many elements a generator block serves, their values, and how one becomes an element. */
template <class V> struct Uniform;
template <> struct Uniform<float> {
    static constexpr int count = 4;
    INLINE void values(const Words& words, float* to) {
        UNROLLED
        for (int k = 0; k < 4; k++) {
            to[k] = (float)(words.word[k] >> 8) * bits_as<float>(0x33800000u);  // 2^-24
        }
    }
    template <class T> INLINE T element(float v) { return truncated<T>(v); }
};
