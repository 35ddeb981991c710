// Kernels for the simulated device's own tests: right ones, and ones with a fault each.
// kernels.ptx is made from this file (see ../test.sh) and checked in, so that the tests need no nvcc.
#ifdef __CUDACC__
#define DYNAMIC_SHARED(type, name)                                                                                     \
    extern __shared__ __align__(16) unsigned char name##_bytes[];                                                      \
    type* name = reinterpret_cast<type*>(name##_bytes)
#else
#include "simulated_cuda.h"
#endif

// ---- right

extern "C" __global__ void add(const float* x, const float* y, float* sum, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        sum[i] = x[i] + y[i];
    }
}

extern "C" __global__ void scale_grid_stride(float* x, float factor, long long n) {
    long long stride = (long long)gridDim.x * blockDim.x;
    for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < n; i += stride) {
        x[i] *= factor;
    }
}

static __device__ __forceinline__ float warp_sum(float value) {
    for (int offset = 16; offset > 0; offset >>= 1) {
        value += __shfl_xor_sync(0xffffffffu, value, offset);
    }
    return value;
}

// One block sums one row: shuffles within a warp, shared memory between warps.
extern "C" __global__ void __launch_bounds__(512) row_sum(const float* x, float* sums, int columns) {
    __shared__ float partial[32];
    int lane = threadIdx.x & 31;
    int warp = threadIdx.x >> 5;
    float sum = 0.0f;
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
        sum += x[(size_t)blockIdx.x * columns + c];
    }
    sum = warp_sum(sum);
    if (lane == 0) {
        partial[warp] = sum;
    }
    __syncthreads();
    if (warp == 0) {
        sum = warp_sum(lane < (int)((blockDim.x + 31) >> 5) ? partial[lane] : 0.0f);
        if (lane == 0) {
            sums[blockIdx.x] = sum;
        }
    }
}

// One block per row; dynamic shared memory holds a float per thread.
extern "C" __global__ void softmax_row(const float* x, float* y, int columns) {
    DYNAMIC_SHARED(float, buffer);
    const float* row = x + (size_t)blockIdx.x * columns;
    float* out = y + (size_t)blockIdx.x * columns;
    float largest = -3.0e38f;
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
        largest = fmaxf(largest, row[c]);
    }
    buffer[threadIdx.x] = largest;
    __syncthreads();
    for (int half_size = blockDim.x / 2; half_size > 0; half_size >>= 1) {
        if ((int)threadIdx.x < half_size) {
            buffer[threadIdx.x] = fmaxf(buffer[threadIdx.x], buffer[threadIdx.x + half_size]);
        }
        __syncthreads();
    }
    largest = buffer[0];
    __syncthreads();
    float sum = 0.0f;
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
        sum += expf(row[c] - largest);
    }
    buffer[threadIdx.x] = sum;
    __syncthreads();
    for (int half_size = blockDim.x / 2; half_size > 0; half_size >>= 1) {
        if ((int)threadIdx.x < half_size) {
            buffer[threadIdx.x] += buffer[threadIdx.x + half_size];
        }
        __syncthreads();
    }
    for (int c = threadIdx.x; c < columns; c += blockDim.x) {
        out[c] = expf(row[c] - largest) / buffer[0];
    }
}

extern "C" __global__ void count_positive(const float* x, int* counter, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned votes = __ballot_sync(0xffffffffu, i < n && x[i] > 0.0f);
    if ((threadIdx.x & 31) == 0) {
        atomicAdd(counter, __popc(votes));
    }
    int all = __syncthreads_count(i < n);
    if (threadIdx.x == 0) {
        atomicAdd(counter + 1, all);
    }
}

// The coordinates of every thread of a three-dimensional launch, to see that each runs exactly once.
extern "C" __global__ void coordinates(int* hits) {
    int block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    int thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    hits[block * (int)(blockDim.x * blockDim.y * blockDim.z) + thread] += 1 + thread;
}

struct Settings {
    int n;
    float factor[3];
};

// A structure by value and parameters of several sizes, for packing; made by a macro, for the list of kernels.
#define PACKED_KERNEL(name)                                                                                            \
    extern "C" __global__ void name(float* x, char sign, Settings settings, double offset) {                           \
        for (int i = 0; i < settings.n; i++) {                                                                         \
            x[i] = sign * settings.factor[i] + (float)offset;                                                          \
        }                                                                                                              \
    }
PACKED_KERNEL(packed_parameters)

extern "C" __global__ void no_parameters() {}

// ---- with a fault

extern "C" __global__ void write_beyond(float* x, int index) { x[index] = 1.0f; }

extern "C" __global__ void read_beyond(const float* x, float* y, int index) { y[0] = x[index]; }

extern "C" __global__ void divergent_barrier(float* x) {
    if (threadIdx.x < 16) {
        __syncthreads();
        x[0] = 1.0f;
    } else {
        __syncthreads();
        x[1] = 2.0f;
    }
}

extern "C" __global__ void early_return_before_barrier(float* x, int n) {
    if ((int)threadIdx.x >= n) {
        return;
    }
    __syncthreads();
    x[threadIdx.x] = 1.0f;
}

extern "C" __global__ void shuffle_with_exited_lane(float* x) {
    if (threadIdx.x >= 16) {
        return;
    }
    x[threadIdx.x] = __shfl_xor_sync(0xffffffffu, x[threadIdx.x], 1);
}

extern "C" __global__ void missing_barrier(float* x) {
    __shared__ float shared[64];
    shared[threadIdx.x] = threadIdx.x;
    x[threadIdx.x] = shared[63 - threadIdx.x];
}

extern "C" __global__ void shared_index_out_of_range(float* x, int index) {
    __shared__ float shared[64];
    shared[threadIdx.x + index] = 1.0f;
    x[threadIdx.x] = shared[threadIdx.x];
}

extern "C" __global__ void dynamic_shared_overflow(float* x, int index) {
    DYNAMIC_SHARED(float, buffer);
    buffer[index] = 1.0f;
    x[0] = buffer[index];
}

extern "C" __global__ void misaligned(float* x, int offset) {
    float4 value = *reinterpret_cast<float4*>(x + offset);
    value.x += 1.0f;
    *reinterpret_cast<float4*>(x + offset) = value;
}
