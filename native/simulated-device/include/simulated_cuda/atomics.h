// Atomic operations. One thread runs at a time and is never interrupted between waits, so plain code is atomic; the
// order in which threads reach it changes with the seed.
#pragma once

namespace lamina::sim {

template <class T>
struct Same {
    using Type = T; // stops deduction: the pointer alone decides T, as in CUDA's overloads
};

} // namespace lamina::sim

#define LAMINA_SIM_ATOMIC(name, expression)                                                                            \
    template <class T>                                                                                                 \
    static inline T name(T* address, typename lamina::sim::Same<T>::Type value) {                                      \
        T old = *address;                                                                                              \
        *address = (expression);                                                                                       \
        return old;                                                                                                    \
    }

LAMINA_SIM_ATOMIC(atomicAdd, T(old + value))
LAMINA_SIM_ATOMIC(atomicSub, T(old - value))
LAMINA_SIM_ATOMIC(atomicMax, value > old ? value : old)
LAMINA_SIM_ATOMIC(atomicMin, value < old ? value : old)
LAMINA_SIM_ATOMIC(atomicExch, value)
LAMINA_SIM_ATOMIC(atomicAnd, T(old & value))
LAMINA_SIM_ATOMIC(atomicOr, T(old | value))
LAMINA_SIM_ATOMIC(atomicXor, T(old ^ value))

template <class T>
static inline T atomicCAS(T* address, typename lamina::sim::Same<T>::Type expected,
                          typename lamina::sim::Same<T>::Type value) {
    T old = *address;
    if (old == expected) {
        *address = value;
    }
    return old;
}
