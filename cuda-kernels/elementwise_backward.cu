// Gradients of activations:  dx[i] = f(saved[i], dy[i]). saved is the output of relu, tanh and sigmoid, the input of gelu and silu.
//
// Arguments: (T* saved, T* dy, T* dx, i64 n). One thread: packs of 16 bytes, single elements in double, in grid strides.
#include "elementwise.cuh"
#include "math.cuh"

INLINE float times(float a, float b) { return a * b; }
INLINE double times(double a, double b) { return a * b; }
INLINE i64 times(i64 a, i64 b) { return (i64)((u64)a * (u64)b); }

#define BACKWARD(Name, light, expression)                                      \
    template <class V> struct Name : Function<light> {                         \
        INLINE V value(V s, V dy) { return expression; }                       \
    };
BACKWARD(ReluBackward, true, s > (V)0 ? dy : (V)0)
BACKWARD(TanhBackward, true, times(dy, (V)1 - times(s, s)))
BACKWARD(SigmoidBackward, true, times(times(dy, s), (V)1 - s))
BACKWARD(GeluBackward, false, dy * gelu_slope(s))
BACKWARD(SiluBackward, sizeof(V) == 4, dy * silu_slope(s))

#define KERNEL_OF(name, Name, T)                                               \
    KERNEL name##_##T(const type_##T* saved, const type_##T* dy, type_##T* dx, i64 n) { \
        map_binary<Name<Value<type_##T>>>(saved, dy, dx, n, 0);                \
    }

FOR_NUMBERS(KERNEL_OF, relu_backward, ReluBackward)
FOR_NUMBERS(KERNEL_OF, tanh_backward, TanhBackward)
FOR_NUMBERS(KERNEL_OF, sigmoid_backward, SigmoidBackward)
FOR_FLOATS(KERNEL_OF, gelu_backward, GeluBackward)
FOR_FLOATS(KERNEL_OF, silu_backward, SiluBackward)
