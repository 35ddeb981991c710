// Gradients of activations:  dx[i] = f(saved[i], dy[i]). saved is the output of relu, tanh and sigmoid, the input of both gelu and silu.
//
// Arguments: (T* saved, T* dy, T* dx, i64 n). One thread: packs of 16 bytes, single elements in double, in grid strides.
#include "functions.cuh"

#define KERNEL_OF(name, Name, T)                                               \
    KERNEL name##_##T(const type_##T* saved, const type_##T* dy, type_##T* dx, i64 n) { \
        map_binary<Name<Value<type_##T>>>(saved, dy, dx, n, 0);                \
    }

FOR_FLOATS(KERNEL_OF, relu_backward, ReluBackward)
FOR_FLOATS(KERNEL_OF, tanh_backward, TanhBackward)
FOR_FLOATS(KERNEL_OF, sigmoid_backward, SigmoidBackward)
FOR_FLOATS(KERNEL_OF, gelu_backward, GeluBackward)
FOR_FLOATS(KERNEL_OF, gelu_tanh_backward, GeluTanhBackward)
FOR_FLOATS(KERNEL_OF, silu_backward, SiluBackward)
