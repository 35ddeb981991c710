// One step of an optimizer for all weights at once; the arithmetic, in its order, of dev.lamina.optimizers:
//   sgd:   w -= rate g;  with momentum: v = momentum v - rate g, w += v;  Nesterov: w += momentum v - rate g
//   adam:  m += (g - m)(1 - beta1), v += (g^2 - v)(1 - beta2), w -= m step / (sqrt(v) + epsilon)
//
// sgd_t: (Entry* entries, Chunk* chunks, i32 chunkCount, T* stepSize, f64 momentum, i32 nesterov).
// adam_t: (Entry* entries, Chunk* chunks, i32 chunkCount, T* stepSize, f64 beta1, f64 beta2, f64 epsilon).
// Tables and step size lie in device memory. One block: one chunk of up to 4096 elements; a thread: every 256th of them.
#include "math.cuh"

constexpr i64 CHUNK = 4096;

template <class T> struct Entry {
    T* weight;
    const T* gradient;
    T* momentum;
    T* velocity;
    i64 count;
};
static_assert(sizeof(Entry<float>) == 40, "the ABI's size");

struct Chunk {
    int entry;
    int zero;
    i64 first;
};
static_assert(sizeof(Chunk) == 16, "the ABI's size");

template <class T> struct Sgd {
    T rate, momentum;
    bool moves, nesterov;

    __device__ __forceinline__ void update(const Entry<T>& e, i64 i) const {
        T step = e.gradient[i] * rate;
        if (!moves) {
            e.weight[i] = e.weight[i] - step;
            return;
        }
        T moved = e.momentum[i] * momentum - step;
        e.momentum[i] = moved;
        e.weight[i] = e.weight[i] + (nesterov ? moved * momentum - step : moved);
    }
};

template <class T> struct Adam {
    T step, first, second, epsilon;

    __device__ __forceinline__ void update(const Entry<T>& e, i64 i) const {
        T g = e.gradient[i];
        T m = e.momentum[i];
        T v = e.velocity[i];
        m = m + (g - m) * first;
        v = v + (g * g - v) * second;
        e.momentum[i] = m;
        e.velocity[i] = v;
        e.weight[i] = e.weight[i] - m * step / (math_sqrt(v) + epsilon);
    }
};

template <class T, class U>
INLINE void update_all(const Entry<T>* entries, const Chunk* chunks, int chunk_count, const U& optimizer) {
    ROLLED
    for (i64 c = blockIdx.x; c < chunk_count; c += gridDim.x) {
        Chunk chunk = chunks[c];
        Entry<T> entry = entries[chunk.entry];
        i64 end = chunk.first + CHUNK < entry.count ? chunk.first + CHUNK : entry.count;
        UNROLLED_BY_4
        for (i64 i = chunk.first + threadIdx.x; i < end; i += BLOCK) {
            optimizer.update(entry, i);
        }
    }
}

#define KERNELS_OF(T)                                                          \
    KERNEL sgd_##T(                                                            \
        const Entry<type_##T>* entries, const Chunk* chunks, int chunk_count, const type_##T* step_size, \
        double momentum, int nesterov) {                                       \
        Sgd<type_##T> sgd = {step_size[0], (type_##T)momentum, momentum != 0, nesterov != 0}; \
        update_all(entries, chunks, chunk_count, sgd);                         \
    }                                                                          \
    KERNEL adam_##T(                                                           \
        const Entry<type_##T>* entries, const Chunk* chunks, int chunk_count, const type_##T* step_size, \
        double beta1, double beta2, double epsilon) {                          \
        Adam<type_##T> adam = {step_size[0], (type_##T)(1 - beta1), (type_##T)(1 - beta2), (type_##T)epsilon}; \
        update_all(entries, chunks, chunk_count, adam);                        \
    }

KERNELS_OF(f32)
KERNELS_OF(f64)
