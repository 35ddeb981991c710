// One step of an optimizer for all weights at once; the arithmetic, in its order, of dev.lamina.ops.OptimizerOp:
//   decay:    w -= w decay rate, before the update
//   sgd:      w -= rate g;  with momentum: v = momentum v - rate g, w += v;  Nesterov: w += momentum v - rate g
//   adam:     m += (g - m)(1 - beta1), v += (g^2 - v)(1 - beta2), w -= m step / (sqrt(v) + epsilon), with step =
//             rate sqrt(1 - beta2^t) / (1 - beta1^t), t = update; amsgrad: h = max(h, v) instead of v under the root
//   rms_prop: v = rho v + (1 - rho) g^2, w -= b with b = rate g / sqrt(v + epsilon);  momentum: b = momentum b + that;
//             centered: a = rho a + (1 - rho) g, v - a^2 instead of v under the root
//
// sgd_t: (Entry* entries, Chunk* chunks, i32 chunkCount, bool* taken, f32* rate, f64 momentum, i32 nesterov).
// adam_t: (Entry* entries, Chunk* chunks, i32 chunkCount, bool* taken, f32* rate, i32* update, f64 beta1, f64 beta2, f64 epsilon, i32
// amsgrad).
// rms_prop_t: (Entry* entries, Chunk* chunks, i32 chunkCount, bool* taken, f32* rate, f64 rho, f64 momentum, f64 epsilon, i32 centered).
// A gradient is of the weight's type or, of a float weight, bfloat16 or float16, and taken as the weight's.
// Where taken is not null and false, weights and slots keep their values. Tables, taken, rate and number of the update lie in device memory. What is written may lie over what is read of the same entry.
// One block: one chunk of up to 4096 elements; a thread: packs of four floats; doubles, and floats where a pointer is not aligned, one by one.
#include "optimizer.cuh"

constexpr i64 CHUNK = 4096;

/** A weight. Slots, absent ones null: sgd: v; adam: m, v, h; rms_prop: v, b, a. */
template <class T> struct Entry {
    const T* weight;
    const void* gradient;
    const T* slot[STATES];
    T* next_weight;
    T* next_slot[STATES];
    i64 count;
    double decay;
    int gradient_type;  // GRADIENT_...
    int zero;
};
static_assert(sizeof(Entry<float>) == 96, "the ABI's size");

/** The type of a gradient: the weight's or, where that is float, one of 16 bits. */
enum { GRADIENT_AS_WEIGHT = 0, GRADIENT_BF16 = 1, GRADIENT_F16 = 2 };

struct Chunk {
    int entry;
    int zero;
    i64 first;
};
static_assert(sizeof(Chunk) == 16, "the ABI's size");

template <int N, class T, class G> INLINE Pack<T, N> load_as(const void* from, i64 i) {
    Pack<G, N> read = Pack<G, N>::load(static_cast<const G*>(from) + i);
    Pack<T, N> pack;
    UNROLLED
    for (int k = 0; k < N; k++) {
        pack.item[k] = (T)value_of(read.item[k]);
    }
    return pack;
}

/** N elements of an entry's gradient. All threads of a block have the same entry. */
template <int N, class T> INLINE Pack<T, N> load_gradient(const Entry<T>& entry, i64 i) {
    if constexpr (sizeof(T) == sizeof(float)) {
        if (entry.gradient_type == GRADIENT_BF16) {
            return load_as<N, T, type_bf16>(entry.gradient, i);
        }
        if (entry.gradient_type == GRADIENT_F16) {
            return load_as<N, T, type_f16>(entry.gradient, i);
        }
    }
    return Pack<T, N>::load(static_cast<const T*>(entry.gradient) + i);
}

/** The elements from .. to - 1, N at a time; to - from is a multiple of N. All of a pack is read before it is written. */
template <int N, class T, class U>
INLINE void update_range(const Entry<T>& entry, i64 from, i64 to, bool taken, T rate, const U& optimizer) {
    typedef Pack<T, N> P;
    T decay = (T)entry.decay;
    ROLLED
    for (i64 i = from + threadIdx.x * N; i < to; i += BLOCK * N) {
        P weight = P::load(entry.weight + i);
        P gradient = load_gradient<N>(entry, i);
        P slot[STATES] = {};
        UNROLLED
        for (int s = 0; s < STATES; s++) {
            if (optimizer.uses(s)) {
                slot[s] = P::load(entry.slot[s] + i);
            }
        }
        UNROLLED
        for (int k = 0; k < N; k++) {
            State<T> state = {weight.item[k], gradient.item[k], {slot[0].item[k], slot[1].item[k], slot[2].item[k]}};
            if (taken) {
                if (decay != (T)0) {
                    state.weight = state.weight - state.weight * decay * rate;
                }
                optimizer.update(state);
            }
            weight.item[k] = state.weight;
            UNROLLED
            for (int s = 0; s < STATES; s++) {
                slot[s].item[k] = state.slot[s];
            }
        }
        weight.store(entry.next_weight + i);
        UNROLLED
        for (int s = 0; s < STATES; s++) {
            if (optimizer.uses(s)) {
                slot[s].store(entry.next_slot[s] + i);
            }
        }
    }
}

/** Whether all memory of an entry can be accessed by packs. */
template <class P, class T, class U> INLINE bool aligned(const Entry<T>& entry, const U& optimizer) {
    u64 gradient_pack = entry.gradient_type == GRADIENT_AS_WEIGHT ? sizeof(P) : sizeof(P) * 2 / sizeof(T);
    bool all = P::aligned(entry.weight) && P::aligned(entry.next_weight)
        && (reinterpret_cast<u64>(entry.gradient) & (gradient_pack - 1)) == 0;
    UNROLLED
    for (int s = 0; s < STATES; s++) {
        all = all && (!optimizer.uses(s) || (P::aligned(entry.slot[s]) && P::aligned(entry.next_slot[s])));
    }
    return all;
}

template <class T, class U>
INLINE void update_all(
    const Entry<T>* entries, const Chunk* chunks, int chunk_count, const type_bool* flag, T rate, const U& optimizer) {
    bool taken = flag == nullptr || flag->bits != 0;
    constexpr int N = sizeof(T) == 8 ? 1 : pack_width(sizeof(T));  // packs of double need too many registers
    ROLLED
    for (i64 c = blockIdx.x; c < chunk_count; c += gridDim.x) {
        Chunk chunk = chunks[c];
        Entry<T> entry = entries[chunk.entry];
        i64 end = chunk.first + CHUNK < entry.count ? chunk.first + CHUNK : entry.count;
        i64 packed = aligned<Pack<T, N>>(entry, optimizer) ? end - (end - chunk.first) % N : chunk.first;
        update_range<N>(entry, chunk.first, packed, taken, rate, optimizer);
        update_range<1>(entry, packed, end, taken, rate, optimizer);
    }
}

/** Adam's corrected rate. The first thread computes it for its block. */
INLINE float adam_step(float* shared, const float* rate, const int* update, double beta1, double beta2) {
    if (threadIdx.x == 0) {
        float number = (float)update[0];
        float first = 1.0f - power_of(beta1, number);
        float second = 1.0f - power_of(beta2, number);
        shared[0] = rate[0] * math_sqrt(second) / first;
    }
    __syncthreads();
    return shared[0];
}

#define KERNELS_OF(T)                                                          \
    KERNEL sgd_##T(                                                            \
        const Entry<type_##T>* entries, const Chunk* chunks, int chunk_count, const type_bool* taken, const float* rate, \
        double momentum, int nesterov) {                                       \
        type_##T step = (type_##T)rate[0];                                     \
        Sgd<type_##T> sgd = {step, (type_##T)momentum, nesterov != 0};         \
        update_all(entries, chunks, chunk_count, taken, step, sgd);            \
    }                                                                          \
    KERNEL adam_##T(                                                           \
        const Entry<type_##T>* entries, const Chunk* chunks, int chunk_count, const type_bool* taken, const float* rate, \
        const int* update, double beta1, double beta2, double epsilon, int amsgrad) {             \
        __shared__ float shared[1];                                            \
        type_##T step = (type_##T)adam_step(shared, rate, update, beta1, beta2); \
        Adam<type_##T> adam = {                                                \
            step, (type_##T)(1 - beta1), (type_##T)(1 - beta2), (type_##T)epsilon, amsgrad != 0}; \
        update_all(entries, chunks, chunk_count, taken, (type_##T)rate[0], adam); \
    }                                                                          \
    KERNEL rms_prop_##T(                                                       \
        const Entry<type_##T>* entries, const Chunk* chunks, int chunk_count, const type_bool* taken, const float* rate, \
        double rho, double momentum, double epsilon, int centered) {                       \
        type_##T step = (type_##T)rate[0];                                     \
        RmsProp<type_##T> rms_prop = {                                         \
            step, (type_##T)rho, (type_##T)(1 - rho), (type_##T)momentum, (type_##T)epsilon, centered != 0}; \
        update_all(entries, chunks, chunk_count, taken, step, rms_prop);       \
    }

KERNELS_OF(f32)
KERNELS_OF(f64)
