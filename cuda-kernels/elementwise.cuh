// The loops under the elementwise kernels. Threads walk the output in grid strides; a thread takes a pack of neighbouring elements
// (16 bytes of the widest type) where the function is cheap and all pointers are aligned, single elements otherwise and at the end.
#pragma once
#include "common.cuh"

/**
 * Functions are structs: value(...) computes one element from values, light says whether it is cheap enough to be unrolled over a
 * pack. Result is the type of element that it gives for operands of type T.
 */
template <bool LIGHT> struct Function {
    static constexpr bool light = LIGHT;
};

/** y[i] = f(x[i]). Every thread: the packs i, i + threads, ... then the single elements behind the last pack. */
template <class F, class T, class R> INLINE void map_unary(const T* x, R* y, i64 n) {
    constexpr int N = F::light ? pack_width(wider(sizeof(T), sizeof(R))) : 1;
    i64 done = 0;
    if constexpr (N > 1) {
        if (Pack<T, N>::aligned(x) && Pack<R, N>::aligned(y)) {
            i64 packs = n / N;
            done = packs * N;
            for (i64 p = thread_index(); p < packs; p += thread_count()) {
                Pack<T, N> in = Pack<T, N>::load(x + p * N);
                Pack<R, N> out;
                UNROLLED
                for (int k = 0; k < N; k++) {
                    out.item[k] = element_as<R>(F::value(value_of(in.item[k])));
                }
                out.store(y + p * N);
            }
        }
    }
    ROLLED
    for (i64 i = done + thread_index(); i < n; i += thread_count()) {
        y[i] = element_as<R>(F::value(value_of(x[i])));
    }
}

/** y[i] = f(a[i], b[i]); an operand named in scalars (1: a, 2: b) is one element, read once. */
template <class F, class T, class R> INLINE void map_binary(const T* a, const T* b, R* y, i64 n, int scalars) {
    constexpr int N = F::light ? pack_width(wider(sizeof(T), sizeof(R))) : 1;
    bool one_a = scalars & 1;
    bool one_b = scalars & 2;
    if (n == 0) {
        return;
    }
    T first_a = a[0];
    T first_b = b[0];
    i64 done = 0;
    if constexpr (N > 1) {
        bool fits = (one_a || Pack<T, N>::aligned(a)) && (one_b || Pack<T, N>::aligned(b));
        if (fits && Pack<R, N>::aligned(y)) {
            i64 packs = n / N;
            done = packs * N;
            for (i64 p = thread_index(); p < packs; p += thread_count()) {
                Pack<T, N> left = {};
                Pack<T, N> right = {};
                if (!one_a) {
                    left = Pack<T, N>::load(a + p * N);
                }
                if (!one_b) {
                    right = Pack<T, N>::load(b + p * N);
                }
                Pack<R, N> out;
                UNROLLED
                for (int k = 0; k < N; k++) {
                    T l = one_a ? first_a : left.item[k];
                    T r = one_b ? first_b : right.item[k];
                    out.item[k] = element_as<R>(F::value(value_of(l), value_of(r)));
                }
                out.store(y + p * N);
            }
        }
    }
    ROLLED
    for (i64 i = done + thread_index(); i < n; i += thread_count()) {
        y[i] = element_as<R>(F::value(value_of(one_a ? first_a : a[i]), value_of(one_b ? first_b : b[i])));
    }
}

/** y[i] = f(a at i, b at i) by strides. Every thread: the elements i, i + threads, ... */
template <class F, class T, class R> INLINE void map_broadcast(const T* a, const T* b, R* y, const Strides& s, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Offsets<2> o = Offsets<2>::of(s, i, 0, s.rank);
        y[i] = element_as<R>(F::value(value_of(a[o.at[0]]), value_of(b[o.at[1]])));
    }
}

/** y[r][c] = f(x[r][c], v[c]), or f(v[c], x[r][c]) if left. Packs where rows are whole packs. */
template <class F, class T> INLINE void map_rows(const T* x, const T* v, T* y, i64 rows, i64 columns, int left) {
    constexpr int N = pack_width(sizeof(T));
    i64 n = rows * columns;
    if (columns % N == 0 && Pack<T, N>::aligned(x) && Pack<T, N>::aligned(v) && Pack<T, N>::aligned(y)) {
        i64 row_packs = columns / N;
        for (i64 p = thread_index(); p < n / N; p += thread_count()) {
            i64 column = n <= 0xffffffffll ? (unsigned)p % (unsigned)row_packs : p % row_packs;
            Pack<T, N> in = Pack<T, N>::load(x + p * N);
            Pack<T, N> vector = Pack<T, N>::load(v + column * N);
            Pack<T, N> out;
            UNROLLED
            for (int k = 0; k < N; k++) {
                Value<T> a = value_of(in.item[k]);
                Value<T> b = value_of(vector.item[k]);
                out.item[k] = element_as<T>(F::value(left ? b : a, left ? a : b));
            }
            out.store(y + p * N);
        }
        return;
    }
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        i64 column = n <= 0xffffffffll ? (unsigned)i % (unsigned)columns : i % columns;
        Value<T> a = value_of(x[i]);
        Value<T> b = value_of(v[column]);
        y[i] = element_as<T>(F::value(left ? b : a, left ? a : b));
    }
}
