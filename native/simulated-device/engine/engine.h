// What the driver asks of the engine: run one kernel over one grid, on the calling thread, to its end.
#pragma once

#include <cstdint>
#include <string>

#include "simulated_cuda/kernel_table.h"
#include "simulated_cuda/types.h"

namespace lamina::sim {

struct LaunchShape {
    dim3 grid;
    dim3 block;
    unsigned dynamic_shared_bytes = 0;
};

enum class Outcome {
    finished,
    memory_fault, // a signal at `address`
    misaligned,   // found by the alignment check that the kernels are compiled with
    trap,         // __trap(), a failed check, a division by zero
    misuse,       // a barrier or a warp operation that cannot work on the device
};

struct KernelResult {
    Outcome outcome = Outcome::finished;
    uint64_t address = 0;
    bool write = false;
    std::string where; // block and thread
    std::string text;  // what went wrong; empty for memory faults, which the driver explains
};

/** Decides the order of blocks, of threads and of waking threads; 0 is the natural order. */
void set_engine_seed(uint64_t seed);

KernelResult run_kernel(const Kernel& kernel, const LaunchShape& shape, void** arguments);

/** The kernel of that name in this build, or null. */
const Kernel* find_kernel(const std::string& name);

/** Whether `address` lies in the guard pages around the dynamic shared memory of the kernel that ran last. */
bool near_dynamic_shared(uint64_t address);

} // namespace lamina::sim
