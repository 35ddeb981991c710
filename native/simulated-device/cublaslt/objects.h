// What the user of cublasLt makes before a product: descriptors, layouts, preferences. All are lists of attributes.
#pragma once

#include <map>

#include "../cublas/problem.h"
#include "../driver/cuda_abi.h"
#include "../driver/library_interface.h"
#include "cublaslt_abi.h"

#define LT_API extern "C" __attribute__((visibility("default"))) int

namespace lamina::sim {

enum class Kind { handle, description, layout, preference };

struct LtObject {
    Kind kind;
    std::map<int, uint64_t> attributes;

    /** The attribute's bits; what the library takes where it is not set. */
    uint64_t get(int attribute, uint64_t otherwise = 0) const {
        auto found = attributes.find(attribute);
        return found == attributes.end() ? otherwise : found->second;
    }

    int number(int attribute, int otherwise = 0) const { return int(get(attribute, uint64_t(otherwise))); }
};

/** Whether it was made, is of that kind and not destroyed; a problem if not. */
bool is_live(const LtObject* object, Kind kind, const char* function);

} // namespace lamina::sim

/** What every function begins with: an injected error. */
#define ENTER_LT                                                                                                       \
    if (int injected_ = lamina_sim_library_injected_error(__func__)) {                                                 \
        return injected_;                                                                                              \
    }

#define REQUIRE_LIVE(object, kind)                                                                                     \
    if (!lamina::sim::is_live(object, kind, __func__)) {                                                               \
        return CUBLAS_STATUS_INVALID_VALUE;                                                                            \
    }
