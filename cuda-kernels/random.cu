// Random numbers from Philox4x32-10 (Salmon et al., 2011). state = {seed, draws}; generator block i encrypts the counter (i, draws) under
// the key seed into four words:
//   random_uniform:  elements 4i .. 4i + 3 = (w >> 8) 2^-24, bf16 and f16 rounded towards zero; f64: elements 2i, 2i + 1 = (w << 21 | w' >> 11) 2^-53
//   random_normal:   elements 4i .. 4i + 3 = r cos(2 pi v), r sin(2 pi v) twice, with r = sqrt(-2 log u), u = (w + 1) 2^-32, v = w' 2^-32
// (Box and Muller, 1958), computed in double for all types: initializers need it once, and the numbers are the CPU's.
//
// Arguments: (i64* state, T* y, i64 n). One thread: single generator blocks in grid strides.
#include "math.cuh"
#include "philox.cuh"

template <> struct Uniform<double> {
    static constexpr int count = 2;
    INLINE void values(const Words& words, double* to) {
        UNROLLED
        for (int k = 0; k < 2; k++) {
            u64 bits = (u64)words.word[2 * k] << 21 | words.word[2 * k + 1] >> 11;
            to[k] = (double)bits * bits_as<double>(0x3ca0000000000000ull);  // 2^-53
        }
    }
    template <class T> INLINE T element(double v) { return element_as<T>(v); }
};
template <class V> struct Normal {
    static constexpr int count = 4;
    INLINE void values(const Words& words, V* to) {
        const double unit = bits_as<double>(0x3df0000000000000ull);  // 2^-32
        ROLLED
        for (int k = 0; k < 4; k += 2) {
            unsigned w = k == 0 ? words.word[0] : words.word[2];
            unsigned next = k == 0 ? words.word[1] : words.word[3];
            double u = ((double)w + 1.0) * unit;
            double angle = 6.283185307179586 * ((double)next * unit);
            double radius = sqrt(-2.0 * log(u));
            V first = (V)(radius * cos(angle));
            V second = (V)(radius * sin(angle));
            to[0] = k == 0 ? first : to[0];
            to[1] = k == 0 ? second : to[1];
            to[2] = k == 0 ? to[2] : first;
            to[3] = k == 0 ? to[3] : second;
        }
    }
    template <class T> INLINE T element(V v) { return element_as<T>(v); }
};

template <class D, class T> INLINE void draw(const i64* state, T* y, i64 n) {
    u64 seed = (u64)state[0];
    u64 draws = (u64)state[1];
    i64 blocks = ceil_div(n, D::count);
    for (i64 block = thread_index(); block < blocks; block += thread_count()) {
        Value<T> values[4] = {0, 0, 0, 0};
        D::values(philox(seed, draws, (u64)block), values);
        UNROLLED
        for (int k = 0; k < D::count; k++) {
            if (block * D::count + k < n) {
                y[block * D::count + k] = D::template element<T>(values[k]);
            }
        }
    }
}

#define KERNEL_OF(name, Distribution, T)                                       \
    KERNEL name##_##T(const i64* state, type_##T* y, i64 n) { draw<Distribution<Value<type_##T>>>(state, y, n); }

FOR_FLOATS(KERNEL_OF, random_uniform, Uniform)
FOR_FLOATS(KERNEL_OF, random_normal, Normal)
