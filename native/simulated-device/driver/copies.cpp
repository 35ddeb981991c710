// Copies between host and device, and memset. A synchronous copy waits for the blocking streams and runs at once; an
// asynchronous one is queued, and its host memory has to be pinned.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "api.h"
#include "device_memory.h"
#include "graphs.h"
#include "host_memory.h"
#include "streams.h"

using namespace lamina::sim;

namespace {

/** Checks again when the copy runs, since its memory may have been freed meanwhile. */
bool still_there(CUdeviceptr address, size_t bytes, const char* what) {
    return bytes == 0 || check_range(address, bytes, what);
}

void copy_to_device(CUdeviceptr to, const void* from, size_t bytes) {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
}

void copy_to_host(void* to, CUdeviceptr from, size_t bytes) {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
}

/** A host pointer that is in fact a device address would work on the device and here, and hide a mistake. */
bool check_host_side(const void* memory, const char* function) {
    if (memory == nullptr) {
        return false;
    }
    if (find_allocation(uint64_t(memory)) != nullptr) {
        problem("%s: the host address %p is device memory", function, memory);
        return false;
    }
    return true;
}

CUresult before_synchronous(const char* function) {
    CUresult refused = refuse_during_capture(function);
    if (refused != CUDA_SUCCESS) {
        return refused;
    }
    count("synchronizations");
    count("blocking_copies");
    drain_blocking();
    check_all_canaries(function);
    return context.lost;
}

Work pinned_to_device(CUdeviceptr to, const void* from, size_t bytes) {
    Work work{CU_GRAPH_NODE_TYPE_MEMCPY, "cuMemcpyHtoDAsync", {}, {{uint64_t(from), bytes}}};
    work.issue = [=]() -> Task {
        count("h2d");
        count("h2d_bytes", long(bytes));
        PinnedBlock* block = find_pinned(uint64_t(from), bytes);
        uint64_t writes = block != nullptr ? block->device_writes : 0;
        uint64_t issued = fingerprint(from, bytes);
        return [=]() -> CUresult {
            PinnedBlock* now = find_pinned(uint64_t(from), bytes);
            if (now == nullptr) {
                return CUDA_ERROR_ILLEGAL_ADDRESS; // freed meanwhile, which free_pinned has recorded
            }
            // A copy from the device into the block may have changed it in stream order, which is as it should be.
            if (now->device_writes == writes && fingerprint(from, bytes) != issued) {
                problem("cuMemcpyHtoDAsync: the pinned source %p (%zu bytes) was changed before the copy had run", from,
                        bytes);
            }
            if (!still_there(to, bytes, "cuMemcpyHtoDAsync, running")) {
                return CUDA_ERROR_ILLEGAL_ADDRESS;
            }
            copy_to_device(to, from, bytes);
            return CUDA_SUCCESS;
        };
    };
    return work;
}

Work device_to_pinned(void* to, CUdeviceptr from, size_t bytes) {
    Work work{CU_GRAPH_NODE_TYPE_MEMCPY, "cuMemcpyDtoHAsync", {}, {{uint64_t(to), bytes}}};
    work.issue = [=]() -> Task {
        count("d2h");
        count("d2h_bytes", long(bytes));
        return [=]() -> CUresult {
            PinnedBlock* block = find_pinned(uint64_t(to), bytes);
            if (block == nullptr || !still_there(from, bytes, "cuMemcpyDtoHAsync, running")) {
                return CUDA_ERROR_ILLEGAL_ADDRESS;
            }
            block->device_writes++;
            copy_to_host(to, from, bytes);
            return CUDA_SUCCESS;
        };
    };
    return work;
}

Work device_to_device(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    Work work{CU_GRAPH_NODE_TYPE_MEMCPY, "cuMemcpyDtoDAsync", {}, {}};
    work.issue = [=]() -> Task {
        count("d2d");
        count("d2d_bytes", long(bytes));
        return [=]() -> CUresult {
            if (!still_there(to, bytes, "cuMemcpyDtoD, running") ||
                !still_there(from, bytes, "cuMemcpyDtoD, running")) {
                return CUDA_ERROR_ILLEGAL_ADDRESS;
            }
            if (from < to + bytes && to < from + bytes) {
                problem("cuMemcpyDtoD: source and destination overlap");
            }
            std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
            return CUDA_SUCCESS;
        };
    };
    return work;
}

/** The problem of an asynchronous copy with pageable memory; the driver would stage it, silently and slowly. */
void report_pageable(const char* function, const void* memory, size_t bytes) {
    problem("%s: the host memory %p (%zu bytes) is not pinned", function, memory, bytes);
}

} // namespace

SIM_API cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
    ENTER(context);
    CUresult status = before_synchronous("cuMemcpyHtoD");
    REQUIRE(status == CUDA_SUCCESS, status);
    REQUIRE(bytes > 0, CUDA_SUCCESS);
    REQUIRE(check_host_side(from, "cuMemcpyHtoD") && check_range(to, bytes, "cuMemcpyHtoD"), CUDA_ERROR_INVALID_VALUE);
    count("h2d");
    count("h2d_bytes", long(bytes));
    copy_to_device(to, from, bytes);
    return CUDA_SUCCESS;
}

SIM_API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
    ENTER(context);
    CUresult status = before_synchronous("cuMemcpyDtoH");
    REQUIRE(status == CUDA_SUCCESS, status);
    REQUIRE(bytes > 0, CUDA_SUCCESS);
    REQUIRE(check_host_side(to, "cuMemcpyDtoH") && check_range(from, bytes, "cuMemcpyDtoH"), CUDA_ERROR_INVALID_VALUE);
    count("d2h");
    count("d2h_bytes", long(bytes));
    if (PinnedBlock* block = find_pinned(uint64_t(to), bytes)) {
        block->device_writes++;
    }
    copy_to_host(to, from, bytes);
    return CUDA_SUCCESS;
}

SIM_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream handle) {
    ENTER(context);
    auto stream = find_stream(handle, "cuMemcpyHtoDAsync");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(bytes > 0, CUDA_SUCCESS);
    REQUIRE(check_host_side(from, "cuMemcpyHtoDAsync") && check_range(to, bytes, "cuMemcpyHtoDAsync"),
            CUDA_ERROR_INVALID_VALUE);
    if (find_pinned(uint64_t(from), bytes) != nullptr) {
        return submit(stream, pinned_to_device(to, from, bytes));
    }
    report_pageable("cuMemcpyHtoDAsync", from, bytes);
    if (stream->capture != nullptr) {
        return invalidate_capture(*stream->capture, "cuMemcpyHtoDAsync from pageable memory");
    }
    auto staged = std::make_shared<std::vector<char>>(static_cast<const char*>(from),
                                                      static_cast<const char*>(from) + bytes);
    Work work{CU_GRAPH_NODE_TYPE_MEMCPY, "cuMemcpyHtoDAsync", {}, {}};
    work.issue = [=]() -> Task {
        count("h2d");
        count("h2d_bytes", long(bytes));
        return [=]() -> CUresult {
            if (!still_there(to, bytes, "cuMemcpyHtoDAsync, running")) {
                return CUDA_ERROR_ILLEGAL_ADDRESS;
            }
            copy_to_device(to, staged->data(), bytes);
            return CUDA_SUCCESS;
        };
    };
    return submit(stream, work);
}

SIM_API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream handle) {
    ENTER(context);
    auto stream = find_stream(handle, "cuMemcpyDtoHAsync");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(bytes > 0, CUDA_SUCCESS);
    REQUIRE(check_host_side(to, "cuMemcpyDtoHAsync") && check_range(from, bytes, "cuMemcpyDtoHAsync"),
            CUDA_ERROR_INVALID_VALUE);
    if (find_pinned(uint64_t(to), bytes) != nullptr) {
        return submit(stream, device_to_pinned(to, from, bytes));
    }
    report_pageable("cuMemcpyDtoHAsync", to, bytes);
    if (stream->capture != nullptr) {
        return invalidate_capture(*stream->capture, "cuMemcpyDtoHAsync to pageable memory");
    }
    // The driver would return only after the copy, since it cannot write to pageable memory later.
    count("d2h");
    count("d2h_bytes", long(bytes));
    count("synchronizations");
    drain(stream);
    REQUIRE(context.lost == CUDA_SUCCESS, context.lost);
    copy_to_host(to, from, bytes);
    return CUDA_SUCCESS;
}

static CUresult device_copy(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream handle, const char* function) {
    auto stream = find_stream(handle, function);
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(bytes > 0, CUDA_SUCCESS);
    REQUIRE(check_range(to, bytes, function) && check_range(from, bytes, function), CUDA_ERROR_INVALID_VALUE);
    return submit(stream, device_to_device(to, from, bytes));
}

SIM_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    ENTER(context);
    return device_copy(to, from, bytes, nullptr, "cuMemcpyDtoD");
}

SIM_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    ENTER(context);
    return device_copy(to, from, bytes, stream, "cuMemcpyDtoDAsync");
}

template <class T>
static CUresult fill(CUdeviceptr to, T value, size_t elements, CUstream handle, const char* function) {
    auto stream = find_stream(handle, function);
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(elements > 0, CUDA_SUCCESS);
    size_t bytes = elements * sizeof(T);
    REQUIRE(to % sizeof(T) == 0 && check_range(to, bytes, function), CUDA_ERROR_INVALID_VALUE);
    Work work{CU_GRAPH_NODE_TYPE_MEMSET, function, {}, {}};
    work.issue = [=]() -> Task {
        count("memsets");
        return [=]() -> CUresult {
            if (!still_there(to, bytes, "cuMemset, running")) {
                return CUDA_ERROR_ILLEGAL_ADDRESS;
            }
            std::fill_n(reinterpret_cast<T*>(to), elements, value);
            return CUDA_SUCCESS;
        };
    };
    return submit(stream, work);
}

SIM_API cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t elements) {
    ENTER(context);
    return fill(to, value, elements, nullptr, "cuMemsetD8");
}

SIM_API cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t elements) {
    ENTER(context);
    return fill(to, value, elements, nullptr, "cuMemsetD16");
}

SIM_API cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t elements) {
    ENTER(context);
    return fill(to, value, elements, nullptr, "cuMemsetD32");
}

SIM_API cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t elements, CUstream stream) {
    ENTER(context);
    return fill(to, value, elements, stream, "cuMemsetD8Async");
}

SIM_API cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t elements, CUstream stream) {
    ENTER(context);
    return fill(to, value, elements, stream, "cuMemsetD16Async");
}

SIM_API cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t elements, CUstream stream) {
    ENTER(context);
    return fill(to, value, elements, stream, "cuMemsetD32Async");
}
