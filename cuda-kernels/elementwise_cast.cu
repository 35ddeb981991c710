// Conversion:  y[i] = x[i] in another type. To floats: nearest, ties to even. To integers: towards zero, held inside i64's range, then the
// low bits; NaN gives 0. To bool: x != 0.
//
// cast_<from>_<to>: (From* x, To* y, i64 n). One thread: packs of 16 bytes of the wider type, in grid strides.
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
