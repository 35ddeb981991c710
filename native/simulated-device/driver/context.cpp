// cuInit, the device's properties, the primary context and each thread's stack of current contexts.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../engine/engine.h"
#include "api.h"
#include "device_memory.h"
#include "graphs.h"
#include "host_memory.h"
#include "modules.h"
#include "streams.h"

namespace lamina::sim {

std::recursive_mutex& device_lock() {
    static auto* lock = new std::recursive_mutex();
    return *lock;
}

static uint64_t environment(const char* name, uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != 0 ? std::strtoull(value, nullptr, 0) : otherwise;
}

Settings Settings::from_environment() {
    Settings values;
    values.devices = int(environment("LAMINA_SIM_DEVICES", 1));
    values.driver_version = int(environment("LAMINA_SIM_DRIVER_VERSION", 13000));
    values.compute_capability = int(environment("LAMINA_SIM_COMPUTE_CAPABILITY", 90));
    values.memory_bytes = environment("LAMINA_SIM_MEMORY", 4ull << 30);
    values.seed = environment("LAMINA_SIM_SEED", 0);
    return values;
}

Settings& settings = *new Settings(Settings::from_environment());
Context& context = *new Context();

// The handle of the one context. It must not look like any other handle; its address is as good as any.
static char the_context;
static CUcontext primary_handle() {
    return reinterpret_cast<CUcontext>(&the_context);
}

static thread_local std::vector<CUcontext> current_stack;

CUcontext current_context() {
    return current_stack.empty() ? nullptr : current_stack.back();
}

bool destroys_context(CUresult code) {
    switch (code) {
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
        return true;
    default:
        return false;
    }
}

CUresult lose_context(CUresult code) {
    if (context.lost == CUDA_SUCCESS) {
        context.lost = code;
    }
    return context.lost;
}

static CUresult status_of_call(const char* function, Needs needs) {
    CUresult injected = CUresult(injected_error(function));
    if (injected != CUDA_SUCCESS) {
        return destroys_context(injected) ? lose_context(injected) : injected;
    }
    if (needs == Needs::nothing) {
        return CUDA_SUCCESS;
    }
    if (!context.initialised) {
        return CUDA_ERROR_NOT_INITIALIZED;
    }
    if (needs == Needs::driver) {
        return CUDA_SUCCESS;
    }
    if (context.inside_host_function) {
        problem("%s is called from a host function, which must not call CUDA", function);
        return CUDA_ERROR_NOT_PERMITTED;
    }
    if (current_context() == nullptr) {
        return CUDA_ERROR_INVALID_CONTEXT;
    }
    return context.active() ? context.lost : CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

Call::Call(const char* function, Needs needs) : lock_(device_lock()), status_(status_of_call(function, needs)) {
    if (status_ != CUDA_SUCCESS) {
        trace("%s answers %d", function, int(status_));
    } else {
        trace("%s", function);
    }
}

static void destroy_context(bool report_leaks) {
    if (report_leaks) {
        drain_all();
    }
    discard_graphs();
    discard_streams();
    discard_modules();
    free_all_device(report_leaks && context.lost == CUDA_SUCCESS);
    free_all_pinned();
    context.lost = CUDA_SUCCESS;
}

} // namespace lamina::sim

using namespace lamina::sim;

SIM_API cuInit(unsigned flags) {
    ENTER(nothing);
    REQUIRE(flags == 0, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(settings.devices > 0, CUDA_ERROR_NO_DEVICE);
    if (!context.initialised) {
        context.initialised = true;
        set_engine_seed(settings.seed);
        set_scheduler_seed(settings.seed);
    }
    return CUDA_SUCCESS;
}

SIM_API cuDriverGetVersion(int* version) {
    ENTER(nothing);
    REQUIRE(version != nullptr, CUDA_ERROR_INVALID_VALUE);
    *version = settings.driver_version;
    return CUDA_SUCCESS;
}

SIM_API cuDevicePrimaryCtxRetain(CUcontext* handle, CUdevice device) {
    ENTER(driver);
    REQUIRE(handle != nullptr, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    context.references++;
    *handle = primary_handle();
    return CUDA_SUCCESS;
}

SIM_API cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    REQUIRE(context.active(), CUDA_ERROR_INVALID_CONTEXT);
    if (--context.references == 0) {
        destroy_context(true);
    }
    return CUDA_SUCCESS;
}

// A reset destroys what the context holds on purpose, so nothing counts as leaked. Further calls work again.
SIM_API cuDevicePrimaryCtxReset_v2(CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    destroy_context(false);
    return CUDA_SUCCESS;
}

SIM_API cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    *flags = 0;
    *active = context.active();
    return CUDA_SUCCESS;
}

SIM_API cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned) {
    ENTER(driver);
    return device == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

SIM_API cuCtxSetCurrent(CUcontext handle) {
    ENTER(driver);
    REQUIRE(handle == nullptr || handle == primary_handle(), CUDA_ERROR_INVALID_CONTEXT);
    if (!current_stack.empty()) {
        current_stack.pop_back();
    }
    if (handle != nullptr) {
        current_stack.push_back(handle);
    }
    return CUDA_SUCCESS;
}

SIM_API cuCtxGetCurrent(CUcontext* handle) {
    ENTER(driver);
    REQUIRE(handle != nullptr, CUDA_ERROR_INVALID_VALUE);
    *handle = current_context();
    return CUDA_SUCCESS;
}

SIM_API cuCtxPushCurrent_v2(CUcontext handle) {
    ENTER(driver);
    REQUIRE(handle == primary_handle(), CUDA_ERROR_INVALID_CONTEXT);
    current_stack.push_back(handle);
    return CUDA_SUCCESS;
}

SIM_API cuCtxPopCurrent_v2(CUcontext* handle) {
    ENTER(driver);
    REQUIRE(!current_stack.empty(), CUDA_ERROR_INVALID_CONTEXT);
    if (handle != nullptr) {
        *handle = current_stack.back();
    }
    current_stack.pop_back();
    return CUDA_SUCCESS;
}

SIM_API cuCtxGetDevice(CUdevice* device) {
    ENTER(context);
    REQUIRE(device != nullptr, CUDA_ERROR_INVALID_VALUE);
    *device = 0;
    return CUDA_SUCCESS;
}

SIM_API cuCtxGetFlags(unsigned* flags) {
    ENTER(context);
    *flags = 0;
    return CUDA_SUCCESS;
}

SIM_API cuCtxGetApiVersion(CUcontext, unsigned* version) {
    ENTER(driver);
    *version = 3020;
    return CUDA_SUCCESS;
}

SIM_API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    ENTER(context);
    if (least != nullptr) {
        *least = 0;
    }
    if (greatest != nullptr) {
        *greatest = -5;
    }
    return CUDA_SUCCESS;
}

SIM_API cuCtxSynchronize() {
    ENTER(context);
    CUresult refused = refuse_waiting_for_capture(nullptr, "cuCtxSynchronize");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    count("synchronizations");
    drain_all();
    check_all_canaries("cuCtxSynchronize");
    return context.lost;
}

SIM_API cuProfilerStart() {
    ENTER(context);
    return CUDA_SUCCESS;
}

SIM_API cuProfilerStop() {
    ENTER(context);
    return CUDA_SUCCESS;
}
