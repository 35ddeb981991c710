// Selection:  y[i] = condition[i] ? a[i] : b[i]. Bits are moved, whatever they mean; so kernels go by element size.
//
// where_b<size>: (bool* condition, E* a, E* b, E* y, i64 n, i32 scalars), scalars: 1 if the condition is one element, + 2 if a is,
// + 4 if b is. One thread: packs of 16 bytes in grid strides.
// where_broadcast_b<size>: (bool* condition, E* a, E* b, E* y, Strides s, i64 n), strides 0, 1, 2 being those of condition, a, b. One
// thread: single elements.
#include "common.cuh"

template <class E>
INLINE void select(const type_bool* condition, const E* a, const E* b, E* y, i64 n, int scalars) {
    constexpr int N = pack_width(sizeof(E));
    if (n == 0) {
        return;
    }
    bool one_condition = scalars & 1;
    bool one_a = scalars & 2;
    bool one_b = scalars & 4;
    type_bool first_condition = condition[0];
    E first_a = a[0];
    E first_b = b[0];
    bool fits = (one_condition || Pack<type_bool, N>::aligned(condition)) && (one_a || Pack<E, N>::aligned(a))
        && (one_b || Pack<E, N>::aligned(b)) && Pack<E, N>::aligned(y);
    i64 packs = fits ? n / N : 0;
    for (i64 p = thread_index(); p < packs; p += thread_count()) {
        Pack<type_bool, N> test = {};
        Pack<E, N> yes = {};
        Pack<E, N> no = {};
        if (!one_condition) {
            test = Pack<type_bool, N>::load(condition + p * N);
        }
        if (!one_a) {
            yes = Pack<E, N>::load(a + p * N);
        }
        if (!one_b) {
            no = Pack<E, N>::load(b + p * N);
        }
        Pack<E, N> out;
        UNROLLED
        for (int k = 0; k < N; k++) {
            bool chosen = (one_condition ? first_condition : test.item[k]).bits != 0;
            E left = one_a ? first_a : yes.item[k];
            E right = one_b ? first_b : no.item[k];
            out.item[k] = chosen ? left : right;
        }
        out.store(y + p * N);
    }
    ROLLED
    for (i64 i = packs * N + thread_index(); i < n; i += thread_count()) {
        bool chosen = (one_condition ? first_condition : condition[i]).bits != 0;
        y[i] = chosen ? (one_a ? first_a : a[i]) : (one_b ? first_b : b[i]);
    }
}

template <class E>
INLINE void select_broadcast(const type_bool* condition, const E* a, const E* b, E* y, const Strides& s, i64 n) {
    ROLLED
    for (i64 i = thread_index(); i < n; i += thread_count()) {
        Offsets<3> o = Offsets<3>::of(s, i, 0, s.rank);
        y[i] = condition[o.at[0]].bits != 0 ? a[o.at[1]] : b[o.at[2]];
    }
}

#define KERNELS_OF(name, unused, E)                                            \
    KERNEL name##_##E(                                                         \
        const type_bool* condition, const type_##E* a, const type_##E* b, type_##E* y, i64 n, int scalars) { \
        select(condition, a, b, y, n, scalars);                                \
    }                                                                          \
    KERNEL name##_broadcast_##E(                                               \
        const type_bool* condition, const type_##E* a, const type_##E* b, type_##E* y, const Strides s, i64 n) { \
        select_broadcast(condition, a, b, y, s, n);                            \
    }

FOR_SIZES(KERNELS_OF, where, )
