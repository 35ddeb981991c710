// Conversion:  y[i] = x[i] in another type. To floats: nearest, ties to even. To integers: towards zero, held inside i64's range, then the
// low bits; NaN gives 0. To bool: x != 0.
//
// cast_<from>_<to>: (From* x, To* y, i64 n). One thread: packs of 16 bytes of the wider type, in grid strides.
// cast_many_f32_<to>: (Casts casts). Several tensors. One block: one chunk of up to 4096 elements of one tensor; a thread: packs of 16 bytes of x.
#include "elementwise.cuh"

struct Identity : Function<true> {
    template <class V> INLINE V value(V x) { return x; }
};

#define KERNEL_OF(from, to)                                                    \
    KERNEL cast_##from##_##to(const type_##from* x, type_##to* y, i64 n) { map_unary<Identity>(x, y, n); }

KERNEL_OF(f32, f64) KERNEL_OF(f32, bf16) KERNEL_OF(f32, f16) KERNEL_OF(f32, i32) KERNEL_OF(f32, i64) KERNEL_OF(f32, u8) KERNEL_OF(f32, bool)
KERNEL_OF(f64, f32) KERNEL_OF(f64, bf16) KERNEL_OF(f64, f16) KERNEL_OF(f64, i32) KERNEL_OF(f64, i64) KERNEL_OF(f64, u8) KERNEL_OF(f64, bool)
KERNEL_OF(bf16, f32) KERNEL_OF(bf16, f64) KERNEL_OF(bf16, f16) KERNEL_OF(bf16, i32) KERNEL_OF(bf16, i64) KERNEL_OF(bf16, u8) KERNEL_OF(bf16, bool)
KERNEL_OF(f16, f32) KERNEL_OF(f16, f64) KERNEL_OF(f16, bf16) KERNEL_OF(f16, i32) KERNEL_OF(f16, i64) KERNEL_OF(f16, u8) KERNEL_OF(f16, bool)
KERNEL_OF(i32, f32) KERNEL_OF(i32, f64) KERNEL_OF(i32, bf16) KERNEL_OF(i32, f16) KERNEL_OF(i32, i64) KERNEL_OF(i32, u8) KERNEL_OF(i32, bool)
KERNEL_OF(i64, f32) KERNEL_OF(i64, f64) KERNEL_OF(i64, bf16) KERNEL_OF(i64, f16) KERNEL_OF(i64, i32) KERNEL_OF(i64, u8) KERNEL_OF(i64, bool)
KERNEL_OF(u8, f32) KERNEL_OF(u8, f64) KERNEL_OF(u8, bf16) KERNEL_OF(u8, f16) KERNEL_OF(u8, i32) KERNEL_OF(u8, i64) KERNEL_OF(u8, bool)
KERNEL_OF(bool, f32) KERNEL_OF(bool, f64) KERNEL_OF(bool, bf16) KERNEL_OF(bool, f16) KERNEL_OF(bool, i32) KERNEL_OF(bool, i64) KERNEL_OF(bool, u8)

constexpr int MOST = 32;
constexpr i64 CHUNK = 4096;

/** Tensors to cast: where they lie, how many elements they have, and the number of each one's first chunk. A parameter. */
struct Casts {
    const float* x[MOST];
    void* y[MOST];
    i64 count[MOST];
    int first[MOST];
    int tensors;
    int chunks;
};
static_assert(sizeof(Casts) == 904, "the ABI's size");

template <class R> INLINE void cast_chunk(const float* x, R* y, i64 n) {
    constexpr int N = 4;
    i64 done = 0;
    if (Pack<float, N>::aligned(x) && Pack<R, N>::aligned(y)) {
        done = n - n % N;
        UNROLLED
        for (int k = 0; k < CHUNK / (BLOCK * N); k++) {
            i64 i = ((i64)k * BLOCK + threadIdx.x) * N;
            if (i < done) {
                Pack<float, N> in = Pack<float, N>::load(x + i);
                Pack<R, N> out;
                UNROLLED
                for (int j = 0; j < N; j++) {
                    out.item[j] = element_as<R>(in.item[j]);
                }
                out.store(y + i);
            }
        }
    }
    ROLLED
    for (i64 i = done + threadIdx.x; i < n; i += BLOCK) {
        y[i] = element_as<R>(x[i]);
    }
}

#define KERNEL_TO(to)                                                          \
    KERNEL cast_many_f32_##to(const Casts casts) {                             \
        ROLLED                                                                 \
        for (int c = blockIdx.x; c < casts.chunks; c += gridDim.x) {           \
            int i = casts.tensors - 1;                                         \
            ROLLED                                                             \
            while (casts.first[i] > c) {                                       \
                i--;                                                           \
            }                                                                  \
            i64 from = (i64)(c - casts.first[i]) * CHUNK;                      \
            i64 left = casts.count[i] - from;                                  \
            cast_chunk(casts.x[i] + from, static_cast<type_##to*>(casts.y[i]) + from, left < CHUNK ? left : CHUNK); \
        }                                                                      \
    }

KERNEL_TO(bf16) KERNEL_TO(f16)
