// The one device, its settings, and its primary context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "cuda_abi.h"

namespace lamina::sim {

/** Serialises everything: calls, kernels, copies. Recursive because a host function may call back. */
std::recursive_mutex& device_lock();

struct Settings {
    int devices;
    int driver_version;
    int compute_capability; // 90 for 9.0
    uint64_t memory_bytes;
    uint64_t seed;

    /** From LAMINA_SIM_DEVICES, _DRIVER_VERSION, _COMPUTE_CAPABILITY, _MEMORY and _SEED, or the defaults. */
    static Settings from_environment();
};

extern Settings& settings;

struct Context {
    bool initialised = false;
    int references = 0;
    CUresult lost = CUDA_SUCCESS; // the error that every call answers after a kernel has failed
    bool inside_host_function = false;

    bool active() const { return references > 0; }
};

extern Context& context;

/** Remembers an error that destroys the context; the first one stays. */
CUresult lose_context(CUresult code);

/** Whether a real context is gone for good after this error. */
bool destroys_context(CUresult code);

} // namespace lamina::sim
