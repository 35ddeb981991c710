// What every driver function begins with.
#pragma once

#include <mutex>

#include "context.h"
#include "cuda_abi.h"
#include "records.h"

#define SIM_EXPORT extern "C" __attribute__((visibility("default")))
#define SIM_API SIM_EXPORT CUresult

namespace lamina::sim {

enum class Needs { nothing, driver, context };

/** Takes the device's lock, answers injected errors, and checks that cuInit was called and a context is current. */
class Call {
public:
    Call(const char* function, Needs needs);

    CUresult status() const { return status_; }

private:
    std::lock_guard<std::recursive_mutex> lock_;
    CUresult status_;
};

/** The calling thread's current context, or null. */
CUcontext current_context();

} // namespace lamina::sim

#define ENTER(needs)                                                                                                   \
    lamina::sim::Call call_(__func__, lamina::sim::Needs::needs);                                                      \
    if (call_.status() != CUDA_SUCCESS) {                                                                              \
        return call_.status();                                                                                         \
    }

#define REQUIRE(condition, code)                                                                                       \
    if (!(condition)) {                                                                                                \
        return code;                                                                                                   \
    }
