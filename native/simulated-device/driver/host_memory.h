// Page-locked host memory, and the checks of asynchronous copies from and to it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_abi.h"

namespace lamina::sim {

struct PinnedBlock {
    uint64_t base;
    uint64_t size;
    bool registered;         // by cuMemHostRegister: not ours to free
    uint64_t device_writes;  // copies from the device into it that have run

    uint64_t end() const { return base + size; }
};

CUresult allocate_pinned(size_t bytes, void** address);
CUresult free_pinned(void* address);
CUresult register_pinned(void* address, size_t bytes);
CUresult unregister_pinned(void* address);

/** The block that holds all the bytes, or null. */
PinnedBlock* find_pinned(uint64_t address, uint64_t bytes);

void free_all_pinned();

/** A fingerprint of host memory, to see whether it changes between an asynchronous copy's call and its run. */
uint64_t fingerprint(const void* memory, size_t bytes);

} // namespace lamina::sim
