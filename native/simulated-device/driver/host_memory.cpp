#include "host_memory.h"

#include <cstdlib>
#include <cstring>
#include <map>

#include "records.h"

namespace lamina::sim {

static std::map<uint64_t, PinnedBlock>& blocks = *new std::map<uint64_t, PinnedBlock>();

CUresult allocate_pinned(size_t bytes, void** address) {
    if (bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    void* memory = std::aligned_alloc(4096, (bytes + 4095) & ~size_t(4095));
    if (memory == nullptr) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    std::memset(memory, 0xff, bytes);
    blocks[uint64_t(memory)] = {uint64_t(memory), bytes, false, 0};
    count("pinned_allocations");
    *address = memory;
    return CUDA_SUCCESS;
}

static PinnedBlock* block_at(void* address) {
    auto found = blocks.find(uint64_t(address));
    return found == blocks.end() ? nullptr : &found->second;
}

CUresult free_pinned(void* address) {
    PinnedBlock* block = block_at(address);
    if (block == nullptr || block->registered) {
        problem("cuMemFreeHost of %p, which cuMemHostAlloc did not give out or which is freed already", address);
        return CUDA_ERROR_INVALID_VALUE;
    }
    blocks.erase(uint64_t(address));
    std::free(address);
    return CUDA_SUCCESS;
}

CUresult register_pinned(void* address, size_t bytes) {
    if (address == nullptr || bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    uint64_t begin = uint64_t(address);
    auto next = blocks.lower_bound(begin + bytes);
    if (next != blocks.begin() && std::prev(next)->second.end() > begin) {
        return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
    }
    blocks[begin] = {begin, bytes, true, 0};
    return CUDA_SUCCESS;
}

CUresult unregister_pinned(void* address) {
    PinnedBlock* block = block_at(address);
    if (block == nullptr || !block->registered) {
        problem("cuMemHostUnregister of %p, which is not registered", address);
        return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
    }
    blocks.erase(uint64_t(address));
    return CUDA_SUCCESS;
}

PinnedBlock* find_pinned(uint64_t address, uint64_t bytes) {
    auto next = blocks.upper_bound(address);
    if (next == blocks.begin()) {
        return nullptr;
    }
    PinnedBlock& block = std::prev(next)->second;
    return address + bytes <= block.end() ? &block : nullptr;
}

void free_all_pinned() {
    for (auto& entry : blocks) {
        if (!entry.second.registered) {
            std::free(reinterpret_cast<void*>(entry.first));
        }
    }
    blocks.clear();
}

uint64_t fingerprint(const void* memory, size_t bytes) {
    const char* at = static_cast<const char*>(memory);
    uint64_t hash = bytes;
    uint64_t word = 0;
    for (; bytes >= sizeof(word); bytes -= sizeof(word), at += sizeof(word)) {
        std::memcpy(&word, at, sizeof(word));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 29;
    }
    word = 0;
    std::memcpy(&word, at, bytes);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    return hash ^ (hash >> 29);
}

} // namespace lamina::sim
