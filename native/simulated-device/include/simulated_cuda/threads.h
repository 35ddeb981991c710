// Threads of a block: their coordinates, barriers, warp shuffles and votes.
#pragma once

#include <cstdint>
#include <cstring>

#include "types.h"

namespace lamina::sim {

/** What differs between the threads of a block. */
struct ThreadPosition {
    uint3 thread;
    unsigned lane;
    unsigned warp;
};

// Kernels run one at a time under the driver's lock, so these are plain globals: faster than thread-local ones.
extern ThreadPosition current;
extern uint3 current_block;
extern dim3 current_block_shape;
extern dim3 current_grid_shape;

enum class Vote { none, count, all, any };
enum class WarpOperation { shuffle, shuffle_up, shuffle_down, shuffle_xor, ballot, synchronize };

void* dynamic_shared();
int barrier(int site, Vote vote, bool predicate);
uint64_t warp_operation(int site, WarpOperation operation, unsigned mask, uint64_t value, int argument, int width);

template <class T>
static inline T warp_shuffle(int site, WarpOperation operation, unsigned mask, T value, int argument, int width = 32) {
    static_assert(sizeof(T) <= sizeof(uint64_t), "shuffles move at most eight bytes");
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    bits = warp_operation(site, operation, mask, bits, argument, width);
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

static inline void warp_synchronize(int site, unsigned mask = 0xffffffffu) {
    warp_operation(site, WarpOperation::synchronize, mask, 0, 0, 32);
}

static inline unsigned warp_ballot(int site, unsigned mask, bool predicate) {
    return unsigned(warp_operation(site, WarpOperation::ballot, mask, predicate, 0, 32));
}

} // namespace lamina::sim

#define threadIdx (lamina::sim::current.thread)
#define blockIdx (lamina::sim::current_block)
#define blockDim (lamina::sim::current_block_shape)
#define gridDim (lamina::sim::current_grid_shape)
#define warpSize 32

// A site tells one barrier in the source from another, two on one line included: the line below, a counter above.
#define LAMINA_SIM_SITE (__LINE__ | (__COUNTER__ << 16))

#define __syncthreads() ((void)lamina::sim::barrier(LAMINA_SIM_SITE, lamina::sim::Vote::none, false))
#define __syncthreads_count(p) lamina::sim::barrier(LAMINA_SIM_SITE, lamina::sim::Vote::count, (p) != 0)
#define __syncthreads_and(p) lamina::sim::barrier(LAMINA_SIM_SITE, lamina::sim::Vote::all, (p) != 0)
#define __syncthreads_or(p) lamina::sim::barrier(LAMINA_SIM_SITE, lamina::sim::Vote::any, (p) != 0)
#define LAMINA_SIM_SHUFFLE(operation, ...)                                                                             \
    lamina::sim::warp_shuffle(LAMINA_SIM_SITE, lamina::sim::WarpOperation::operation, __VA_ARGS__)
#define __shfl_sync(...) LAMINA_SIM_SHUFFLE(shuffle, __VA_ARGS__)
#define __shfl_up_sync(...) LAMINA_SIM_SHUFFLE(shuffle_up, __VA_ARGS__)
#define __shfl_down_sync(...) LAMINA_SIM_SHUFFLE(shuffle_down, __VA_ARGS__)
#define __shfl_xor_sync(...) LAMINA_SIM_SHUFFLE(shuffle_xor, __VA_ARGS__)
#define __syncwarp(...) lamina::sim::warp_synchronize(LAMINA_SIM_SITE __VA_OPT__(, ) __VA_ARGS__)
#define __ballot_sync(mask, p) lamina::sim::warp_ballot(LAMINA_SIM_SITE, (mask), (p) != 0)
#define __any_sync(mask, p) (__ballot_sync(mask, p) != 0)
#define __all_sync(mask, p) (__ballot_sync(mask, p) == (mask))

static inline void __threadfence() {}
static inline void __threadfence_block() {}
static inline void __trap() { __builtin_trap(); }

// The size comes from the launch, so the name is a pointer here and an extern array under nvcc (see common.cuh).
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(type, name) type* name = static_cast<type*>(lamina::sim::dynamic_shared())
#endif
