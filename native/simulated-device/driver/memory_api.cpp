// Allocation of device and of pinned host memory, and questions about addresses.
#include "api.h"
#include "device_memory.h"
#include "graphs.h"
#include "host_memory.h"
#include "streams.h"

using namespace lamina::sim;

SIM_API cuMemGetInfo_v2(size_t* free, size_t* total) {
    ENTER(context);
    uint64_t used = live_device_bytes();
    *total = settings.memory_bytes;
    *free = used < settings.memory_bytes ? settings.memory_bytes - used : 0;
    return CUDA_SUCCESS;
}

SIM_API cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
    ENTER(context);
    REQUIRE(address != nullptr, CUDA_ERROR_INVALID_VALUE);
    CUresult refused = refuse_during_capture("cuMemAlloc");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    return allocate_device(bytes, address);
}

// The driver waits for the device before it frees, so queued work that uses the memory still sees it.
SIM_API cuMemFree_v2(CUdeviceptr address) {
    ENTER(context);
    REQUIRE(address != 0, CUDA_SUCCESS);
    CUresult refused = refuse_during_capture("cuMemFree");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    count("implicit_synchronizations");
    drain_all();
    REQUIRE(context.lost == CUDA_SUCCESS, context.lost);
    return free_device(address);
}

SIM_API cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
    ENTER(context);
    const Allocation* allocation = find_allocation(address);
    REQUIRE(allocation != nullptr && !allocation->freed && address >= allocation->base && address < allocation->end(),
            CUDA_ERROR_NOT_FOUND);
    if (base != nullptr) {
        *base = allocation->base;
    }
    if (bytes != nullptr) {
        *bytes = allocation->size;
    }
    return CUDA_SUCCESS;
}

SIM_API cuPointerGetAttribute(void* value, int attribute, CUdeviceptr address) {
    ENTER(context);
    const Allocation* allocation = find_allocation(address);
    bool device = allocation != nullptr && !allocation->freed && address >= allocation->base &&
                  address < allocation->end();
    REQUIRE(device || find_pinned(address, 1) != nullptr, CUDA_ERROR_INVALID_VALUE);
    switch (attribute) {
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
        *static_cast<unsigned*>(value) = device ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
        return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
        *static_cast<CUdeviceptr*>(value) = address;
        return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
        REQUIRE(!device, CUDA_ERROR_INVALID_VALUE);
        *static_cast<CUdeviceptr*>(value) = address;
        return CUDA_SUCCESS;
    default:
        return CUDA_ERROR_NOT_SUPPORTED;
    }
}

SIM_API cuMemHostAlloc(void** address, size_t bytes, unsigned) {
    ENTER(context);
    REQUIRE(address != nullptr, CUDA_ERROR_INVALID_VALUE);
    CUresult refused = refuse_during_capture("cuMemHostAlloc");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    return allocate_pinned(bytes, address);
}

SIM_API cuMemAllocHost_v2(void** address, size_t bytes) {
    ENTER(context);
    REQUIRE(address != nullptr, CUDA_ERROR_INVALID_VALUE);
    CUresult refused = refuse_during_capture("cuMemAllocHost");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    return allocate_pinned(bytes, address);
}

/** Records work that still needs the pinned memory that is about to go, and runs it while the memory is there. */
static void finish_pending_use(void* address, const char* function) {
    PinnedBlock* block = find_pinned(uint64_t(address), 1);
    if (block == nullptr) {
        return;
    }
    std::string user = pending_use(block->base, block->size);
    if (!user.empty()) {
        problem("%s of %p: a %s that uses it has not run yet", function, address, user.c_str());
        drain_all();
    }
}

SIM_API cuMemFreeHost(void* address) {
    ENTER(context);
    CUresult refused = refuse_during_capture("cuMemFreeHost");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    finish_pending_use(address, "cuMemFreeHost");
    return free_pinned(address);
}

SIM_API cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
    ENTER(context);
    CUresult refused = refuse_during_capture("cuMemHostRegister");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    return register_pinned(address, bytes);
}

SIM_API cuMemHostUnregister(void* address) {
    ENTER(context);
    CUresult refused = refuse_during_capture("cuMemHostUnregister");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    finish_pending_use(address, "cuMemHostUnregister");
    return unregister_pinned(address);
}

SIM_API cuMemHostGetDevicePointer_v2(CUdeviceptr* device_address, void* address, unsigned) {
    ENTER(context);
    REQUIRE(find_pinned(uint64_t(address), 1) != nullptr, CUDA_ERROR_INVALID_VALUE);
    *device_address = CUdeviceptr(address);
    return CUDA_SUCCESS;
}

SIM_API cuMemHostGetFlags(unsigned* flags, void* address) {
    ENTER(context);
    REQUIRE(find_pinned(uint64_t(address), 1) != nullptr, CUDA_ERROR_INVALID_VALUE);
    *flags = CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP;
    return CUDA_SUCCESS;
}
