#include "device_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <map>

#include "context.h"
#include "records.h"

namespace lamina::sim {

static constexpr uint64_t page = 4096;
// Address space only. Wide, so that an index far beyond a small allocation faults, whatever the process has mapped nearby.
static constexpr uint64_t guard = 16 << 20;
static constexpr uint64_t alignment = 256; // as the real driver's
// Together below Linux's limit of 65,530 mappings in a process, of which the JVM needs some too.
static constexpr size_t quarantine_ranges = 20000;
static constexpr size_t most_live = 10000; // of three mappings each

static std::map<uint64_t, Allocation>& allocations = *new std::map<uint64_t, Allocation>(); // by mapping
static std::map<uint64_t, Allocation*>& live = *new std::map<uint64_t, Allocation*>(); // few beside the quarantined ones
static std::deque<uint64_t>& quarantine = *new std::deque<uint64_t>();
static bool unchecked; // whether something has run on the device since all canaries were looked at
static uint64_t allocations_made;
static uint64_t live_bytes;

/**
 * Eight canary bytes that depend on the address, so that slack copied over slack is seen, and that are NaN in float64,
 * float32, float16 and bfloat16 alike, so that a read beyond the end shows in the numbers too.
 */
static uint64_t canary_word(uint64_t address) {
    uint64_t hash = (address >> 3) * 0x9e3779b97f4a7c15ull >> 58;
    return 0xffc0ffc0ffc0ffc0ull | hash * 0x0001000100010001ull;
}

static uint8_t canary_byte(uint64_t address) {
    return uint8_t(canary_word(address & ~uint64_t(7)) >> (address % 8 * 8));
}

static void write_canaries(uint64_t from, uint64_t to) {
    for (uint64_t address = from; address < to; address++) {
        *reinterpret_cast<uint8_t*>(address) = canary_byte(address);
    }
}

/** The first damaged byte in the range, or `to`. By words where it can: this runs for all memory at each synchronise. */
static uint64_t damaged_canary(uint64_t from, uint64_t to) {
    uint64_t address = from;
    while (address < to) {
        if (address % 8 == 0 && address + 8 <= to && *reinterpret_cast<uint64_t*>(address) == canary_word(address)) {
            address += 8;
        } else if (*reinterpret_cast<uint8_t*>(address) == canary_byte(address)) {
            address++;
        } else {
            break;
        }
    }
    return address;
}

CUresult allocate_device(uint64_t bytes, CUdeviceptr* address) {
    if (bytes == 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (bytes > settings.memory_bytes || live_bytes + bytes > settings.memory_bytes || live.size() >= most_live) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    uint64_t body = (bytes + alignment - 1 + page) & ~(page - 1);
    uint64_t mapping_size = body + 2 * guard;
    void* mapping = mmap(nullptr, mapping_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    uint64_t start = uint64_t(mapping) + guard;
    uint64_t end = start + body;
    if (mprotect(reinterpret_cast<void*>(start), body, PROT_READ | PROT_WRITE) != 0) {
        munmap(mapping, mapping_size);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    uint64_t base = (end - bytes) & ~(alignment - 1);
    write_canaries(start, base);
    std::memset(reinterpret_cast<void*>(base), 0xff, bytes);
    write_canaries(base + bytes, end);
    Allocation& allocation = allocations[uint64_t(mapping)];
    allocation = {base, bytes, uint64_t(mapping), mapping_size, ++allocations_made, false};
    live[allocation.mapping] = &allocation;
    live_bytes += bytes;
    count("allocations");
    *address = base;
    return CUDA_SUCCESS;
}

static void release(Allocation& allocation, const char* when) {
    check_canaries(allocation, when);
    void* mapping = reinterpret_cast<void*>(allocation.mapping);
    // A fresh mapping over the old one gives the pages back and lets the kernel merge neighbouring quarantined ranges.
    mmap(mapping, allocation.mapping_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    allocation.freed = true;
    live.erase(allocation.mapping);
    live_bytes -= allocation.size;
    quarantine.push_back(allocation.mapping);
    if (quarantine.size() > quarantine_ranges) {
        auto oldest = allocations.find(quarantine.front());
        quarantine.pop_front();
        munmap(reinterpret_cast<void*>(oldest->second.mapping), oldest->second.mapping_size);
        allocations.erase(oldest);
    }
}

static Allocation* find(uint64_t address) {
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) {
        return nullptr;
    }
    Allocation& candidate = std::prev(next)->second;
    return address < candidate.mapping + candidate.mapping_size ? &candidate : nullptr;
}

const Allocation* find_allocation(uint64_t address) {
    return find(address);
}

CUresult free_device(CUdeviceptr address) {
    Allocation* allocation = find(address);
    if (allocation != nullptr && allocation->freed) {
        problem("double free: cuMemFree of 0x%llx, %s", address, describe_address(address).c_str());
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (allocation == nullptr || allocation->base != address) {
        problem("cuMemFree of 0x%llx, which is not the start of an allocation: %s", address,
                describe_address(address).c_str());
        return CUDA_ERROR_INVALID_VALUE;
    }
    release(*allocation, "cuMemFree");
    return CUDA_SUCCESS;
}

void free_all_device(bool report_leaks) {
    while (!live.empty()) {
        Allocation& allocation = *live.begin()->second;
        if (report_leaks) {
            problem("leak: allocation %lu (%lu bytes) was never freed", allocation.number, allocation.size);
        }
        release(allocation, "the end of the context");
    }
}

std::string describe_address(uint64_t address) {
    const Allocation* a = find(address);
    if (a == nullptr) {
        return address < page ? "a null pointer" : "no device memory";
    }
    char text[200];
    const char* state = a->freed ? ", freed" : "";
    if (address < a->base) {
        snprintf(text, sizeof(text), "%lu bytes before allocation %lu (%lu bytes%s)", a->base - address, a->number,
                 a->size, state);
    } else if (address >= a->end()) {
        snprintf(text, sizeof(text), "%lu bytes past the end of allocation %lu (%lu bytes%s)", address - a->end(),
                 a->number, a->size, state);
    } else {
        snprintf(text, sizeof(text), "byte %lu of allocation %lu (%lu bytes%s)", address - a->base, a->number, a->size,
                 state);
    }
    return std::string(a->freed ? "use after free: " : "") + text;
}

bool check_range(uint64_t address, uint64_t bytes, const char* what) {
    const Allocation* a = find(address);
    if (a != nullptr && !a->freed && address >= a->base && address <= a->end() && bytes <= a->end() - address) {
        return true;
    }
    problem("%s: %lu bytes at 0x%lx are not inside one live allocation: the start is %s", what, bytes, address,
            describe_address(address).c_str());
    return false;
}

static void check_side(uint64_t from, uint64_t to, const char* when) {
    uint64_t damaged = damaged_canary(from, to);
    if (damaged == to) {
        return;
    }
    problem("out of bounds write at 0x%lx, %s; found after %s", damaged, describe_address(damaged).c_str(), when);
    write_canaries(from, to);
}

void check_canaries(const Allocation& a, const char* when) {
    check_side(a.mapping + guard, a.base, when);
    check_side(a.end(), a.mapping + a.mapping_size - guard, when);
}

void work_has_run() {
    unchecked = true;
}

void check_all_canaries(const char* when, bool always) {
    if (!unchecked && !always) {
        return;
    }
    unchecked = false;
    for (auto& entry : live) {
        const Allocation& a = *entry.second;
        check_side(a.base - std::min(alignment, a.base - a.mapping - guard), a.base, when);
        check_side(a.end(), a.mapping + a.mapping_size - guard, when);
    }
}

long live_device_allocations() {
    return long(live.size());
}

uint64_t live_device_bytes() {
    return live_bytes;
}

std::string list_live_allocations() {
    std::string list;
    for (auto& entry : live) {
        const Allocation& a = *entry.second;
        list += "allocation " + std::to_string(a.number) + ": " + std::to_string(a.size) + " bytes\n";
    }
    return list;
}

} // namespace lamina::sim
