// Simulated device memory. Every allocation has a mapping of its own:
//
//   | inaccessible, 16 MiB | canary | data | canary to the end of the page | inaccessible, 16 MiB |
//
// The data starts at a multiple of 256 bytes and ends as close to the second inaccessible range as that allows. Freed
// ranges stay inaccessible in quarantine, so that a use after free is a fault and an address is not given out again.
#pragma once

#include <cstdint>
#include <string>

#include "cuda_abi.h"

namespace lamina::sim {

struct Allocation {
    uint64_t base;
    uint64_t size;
    uint64_t mapping;
    uint64_t mapping_size;
    uint64_t number; // counted from 1, for messages
    bool freed;

    uint64_t end() const { return base + size; }
};

/** CUDA_ERROR_OUT_OF_MEMORY beyond settings.memory_bytes. The data is 0xff bytes: NaN in every float type. */
CUresult allocate_device(uint64_t bytes, CUdeviceptr* address);

/** Refuses, and records, what is not the start of a live allocation. */
CUresult free_device(CUdeviceptr address);

/** Frees everything, as the end of a context does; records each allocation as a leak if asked to. */
void free_all_device(bool report_leaks);

/** The allocation, live or freed, whose mapping holds the address, guard pages included; null if there is none. */
const Allocation* find_allocation(uint64_t address);

/** "12 bytes past the end of allocation 7 (100 bytes)" and the like. */
std::string describe_address(uint64_t address);

/** Whether all bytes lie in one live allocation; records a problem that begins with `what` if not. */
bool check_range(uint64_t address, uint64_t bytes, const char* what);

/** Finds writes just outside an allocation; `when` says what ran last. A damaged canary is reported once. */
void check_canaries(const Allocation& allocation, const char* when);

/** Something ran on the device, and may have written anywhere. */
void work_has_run();

/**
 * The same for all live allocations, but only 256 bytes before each: this is done at every synchronise. Unless `always`,
 * only if something ran since the last time.
 */
void check_all_canaries(const char* when, bool always = false);

long live_device_allocations();
uint64_t live_device_bytes();

/** One line for each live allocation. */
std::string list_live_allocations();

} // namespace lamina::sim
