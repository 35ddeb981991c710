// How optimizers change one element of a weight; the arithmetic, in its order, of dev.lamina.ops.OptimizerOp. The formulas stand in optimizer.cu.
#pragma once
#include "math.cuh"

constexpr int STATES = 3;

/** One element of a weight, of its gradient and of its slots. */
template <class T> struct State {
    T weight, gradient, slot[STATES];
};

template <class T> struct Sgd {
    T step, momentum;
    bool nesterov;

    __device__ __forceinline__ bool uses(int slot) const { return slot == 0 && momentum != (T)0; }

    __device__ __forceinline__ void update(State<T>& s) const {
        T change = s.gradient * step;
        if (momentum == (T)0) {
            s.weight = s.weight - change;
            return;
        }
        T moved = s.slot[0] * momentum - change;
        s.slot[0] = moved;
        s.weight = s.weight + (nesterov ? moved * momentum - change : moved);
    }
};

template <class T> struct Adam {
    T step, first, second, epsilon;
    bool amsgrad;

    __device__ __forceinline__ bool uses(int slot) const { return slot < 2 || amsgrad; }

    __device__ __forceinline__ void update(State<T>& s) const {
        T g = s.gradient;
        T m = s.slot[0] + (g - s.slot[0]) * first;
        T v = s.slot[1] + (g * g - s.slot[1]) * second;
        s.slot[0] = m;
        s.slot[1] = v;
        if (amsgrad) {
            v = maximum(s.slot[2], v);
            s.slot[2] = v;
        }
        s.weight = s.weight - m * step / (math_sqrt(v) + epsilon);
    }
};

template <class T> struct RmsProp {
    T step, kept, added, momentum, epsilon;
    bool centered;

    __device__ __forceinline__ bool uses(int slot) const {
        return slot == 0 || (slot == 1 && momentum > (T)0) || (slot == 2 && centered);
    }

    __device__ __forceinline__ void update(State<T>& s) const {
        T g = s.gradient;
        T squares = s.slot[0] * kept + g * g * added;
        s.slot[0] = squares;
        if (centered) {
            T average = s.slot[2] * kept + g * added;
            s.slot[2] = average;
            squares = squares - average * average;
        }
        T change = g * step / math_sqrt(squares + epsilon);
        if (momentum > (T)0) {
            change = s.slot[1] * momentum + change;
            s.slot[1] = change;
        }
        s.weight = s.weight - change;
    }
};

/** base^number in double, rounded to float: as Java computes it, since 1 - base^number cancels. */
INLINE float power_of(double base, float number) { return (float)math_pow((double)(float)base, (double)number); }
