#include "shared_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "simulated_cuda/threads.h"

namespace lamina::sim {

static constexpr size_t page = 4096;
static constexpr size_t capacity = 256 << 10; // more than any device gives a block

static char* guard;     // end of the usable range: the first inaccessible byte
static char* dynamic;   // start of the running kernel's part
static size_t dynamic_bytes;

void reserve_dynamic_shared(unsigned bytes) {
    if (guard == nullptr) {
        void* mapping = mmap(nullptr, capacity + 2 * page, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping == MAP_FAILED ||
            mprotect(static_cast<char*>(mapping) + page, capacity, PROT_READ | PROT_WRITE) != 0) {
            abort();
        }
        guard = static_cast<char*>(mapping) + page + capacity;
    }
    dynamic_bytes = (size_t(bytes) + 15) & ~size_t(15);
    dynamic = guard - dynamic_bytes;
}

void* dynamic_shared() {
    return dynamic;
}

void poison_shared_memory(const Kernel& kernel) {
    if (kernel.shared_end > kernel.shared_begin) {
        std::memset(kernel.shared_begin, 0xff, size_t(kernel.shared_end - kernel.shared_begin));
    }
    std::memset(dynamic, 0xff, dynamic_bytes);
}

bool near_dynamic_shared(uint64_t address) {
    return guard != nullptr && address >= uint64_t(guard) - capacity - page && address < uint64_t(guard) + page;
}

} // namespace lamina::sim
