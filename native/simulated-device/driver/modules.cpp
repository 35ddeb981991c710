// Loading PTX. The PTX decides which kernels exist and what their parameters are; the host build has to agree.
#include "modules.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "api.h"
#include "graphs.h"
#include "streams.h"

namespace lamina::sim {

Handles<CUmodule, Module>& modules = *new Handles<CUmodule, Module>(0x55);
Handles<CUfunction, Function>& functions = *new Handles<CUfunction, Function>(0x56);

void discard_modules() {
    modules.clear();
    functions.clear();
}

namespace {

struct PtxOfDriver {
    int driver;
    int ptx;
};

// The newest PTX version that a driver compiles.
constexpr PtxOfDriver newest_ptx[] = {
    {13000, 90}, {12090, 88}, {12080, 87}, {12070, 86}, {12050, 85}, {12040, 84}, {12030, 83}, {12020, 82},
    {12010, 81}, {12000, 80}, {11080, 78}, {11070, 77}, {11060, 76}, {11050, 75}, {11040, 74}, {11030, 73},
    {11020, 72}, {11010, 71}, {11000, 70}, {10020, 65}, {10010, 64}, {10000, 63},
};

int newest_ptx_of(int driver) {
    for (const PtxOfDriver& each : newest_ptx) {
        if (driver >= each.driver) {
            return each.ptx;
        }
    }
    return 60;
}

/** An error and the line that a JIT compiler would write to its log. */
struct LoadResult {
    CUresult code = CUDA_SUCCESS;
    std::string log;
};

std::string text_of(const char* format, const char* name, unsigned long a, unsigned long b, unsigned long c = 0) {
    char text[300];
    snprintf(text, sizeof(text), format, name, a, b, c);
    return text;
}

/** What differs between the PTX's parameters and the host build's; empty if they agree. */
std::string difference(const std::string& name, const PtxEntry& entry, const Kernel& kernel) {
    if (entry.parameter_sizes.size() != kernel.parameter_count) {
        return text_of("stale PTX: kernel %s has %lu parameters in the PTX and %lu in the sources", name.c_str(),
                       entry.parameter_sizes.size(), kernel.parameter_count);
    }
    for (unsigned i = 0; i < kernel.parameter_count; i++) {
        if (entry.parameter_sizes[i] != kernel.parameters[i].size) {
            return text_of("stale PTX: kernel %s, parameter %lu has %lu bytes in the PTX and %lu in the sources",
                           name.c_str(), i, entry.parameter_sizes[i], kernel.parameters[i].size);
        }
    }
    return "";
}

LoadResult check(const PtxModule& ptx) {
    int newest = newest_ptx_of(settings.driver_version);
    if (ptx.version > newest) {
        return {CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
                text_of("%s Unsupported .version %lu.%lu", "ptxas fatal:", unsigned(ptx.version) / 10,
                        unsigned(ptx.version) % 10)};
    }
    if (ptx.target > settings.compute_capability) {
        return {CUDA_ERROR_NO_BINARY_FOR_GPU,
                text_of("%s .target sm_%lu, the device is sm_%lu", "ptxas fatal:", unsigned(ptx.target),
                        unsigned(settings.compute_capability))};
    }
    for (auto& [name, entry] : ptx.entries) {
        const Kernel* kernel = find_kernel(name);
        std::string stale = kernel != nullptr ? difference(name, entry, *kernel) : "";
        if (!stale.empty()) {
            problem("%s", stale.c_str());
            return {CUDA_ERROR_INVALID_PTX, stale};
        }
    }
    return {};
}

LoadResult load(CUmodule* handle, const void* image) {
    PtxModule ptx;
    LoadResult result;
    if (!parse_ptx(static_cast<const char*>(image), ptx, result.log)) {
        result.code = CUDA_ERROR_INVALID_IMAGE;
        return result;
    }
    result = check(ptx);
    if (result.code != CUDA_SUCCESS) {
        return result;
    }
    auto module = std::make_shared<Module>();
    *handle = modules.add(module);
    for (auto& [name, entry] : ptx.entries) {
        auto function = std::make_shared<Function>();
        function->name = name;
        function->entry = entry;
        function->kernel = find_kernel(name);
        function->module = *handle;
        function->ptx_version = ptx.version;
        module->functions[name] = functions.add(function);
    }
    result.log = "simulated device: " + std::to_string(ptx.entries.size()) + " kernels";
    return result;
}

/** Writes to the log buffer that the caller passed, if any, and its length where its size was. */
void write_log(const std::string& text, unsigned options, const int* names, void** values, int buffer_option) {
    char* buffer = nullptr;
    size_t capacity = 0;
    void** size_slot = nullptr;
    for (unsigned i = 0; i < options; i++) {
        if (names[i] == buffer_option) {
            buffer = static_cast<char*>(values[i]);
        } else if (names[i] == buffer_option + 1) {
            size_slot = &values[i];
            capacity = size_t(uint32_t(reinterpret_cast<uintptr_t>(values[i])));
        }
    }
    if (buffer == nullptr || capacity == 0) {
        return;
    }
    size_t length = std::min(text.size(), capacity - 1);
    std::memcpy(buffer, text.data(), length);
    buffer[length] = 0;
    *size_slot = reinterpret_cast<void*>(length);
}

} // namespace

} // namespace lamina::sim

using namespace lamina::sim;

SIM_API cuModuleLoadDataEx(CUmodule* handle, const void* image, unsigned options, const int* names, void** values) {
    ENTER(context);
    REQUIRE(handle != nullptr && image != nullptr, CUDA_ERROR_INVALID_VALUE);
    CUresult refused = refuse_during_capture("cuModuleLoadDataEx");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    LoadResult result = load(handle, image);
    bool failed = result.code != CUDA_SUCCESS;
    write_log(result.log, options, names, values, failed ? CU_JIT_ERROR_LOG_BUFFER : CU_JIT_INFO_LOG_BUFFER);
    write_log("", options, names, values, failed ? CU_JIT_INFO_LOG_BUFFER : CU_JIT_ERROR_LOG_BUFFER);
    return result.code;
}

SIM_API cuModuleLoadData(CUmodule* handle, const void* image) {
    ENTER(context);
    REQUIRE(handle != nullptr && image != nullptr, CUDA_ERROR_INVALID_VALUE);
    CUresult refused = refuse_during_capture("cuModuleLoadData");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    return load(handle, image).code;
}

SIM_API cuModuleUnload(CUmodule handle) {
    ENTER(context);
    auto module = modules.find(handle);
    REQUIRE(module != nullptr, CUDA_ERROR_INVALID_HANDLE);
    CUresult refused = refuse_during_capture("cuModuleUnload");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    count("implicit_synchronizations");
    drain_all();
    for (auto& entry : module->functions) {
        functions.remove(entry.second);
    }
    modules.remove(handle);
    return CUDA_SUCCESS;
}

SIM_API cuModuleGetFunction(CUfunction* handle, CUmodule module_handle, const char* name) {
    ENTER(context);
    REQUIRE(handle != nullptr && name != nullptr, CUDA_ERROR_INVALID_VALUE);
    auto module = modules.find(module_handle);
    REQUIRE(module != nullptr, CUDA_ERROR_INVALID_HANDLE);
    auto found = module->functions.find(name);
    REQUIRE(found != module->functions.end(), CUDA_ERROR_NOT_FOUND);
    if (functions.find(found->second)->kernel == nullptr) {
        problem("kernel %s is in the PTX and not in this build of the simulated device: PTX or build is stale", name);
        return CUDA_ERROR_NOT_FOUND;
    }
    *handle = found->second;
    return CUDA_SUCCESS;
}

SIM_API cuModuleGetLoadingMode(int* mode) {
    ENTER(nothing);
    *mode = 1; // eager: every function is there once the module is
    return CUDA_SUCCESS;
}

SIM_API cuFuncGetModule(CUmodule* module, CUfunction handle) {
    ENTER(context);
    auto function = functions.find(handle);
    REQUIRE(function != nullptr, CUDA_ERROR_INVALID_HANDLE);
    *module = function->module;
    return CUDA_SUCCESS;
}

SIM_API cuFuncGetAttribute(int* value, int attribute, CUfunction handle) {
    ENTER(context);
    auto function = functions.find(handle);
    REQUIRE(function != nullptr, CUDA_ERROR_INVALID_HANDLE);
    switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
        *value = int(function->entry.max_threads);
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
        *value = int(function->entry.static_shared_bytes);
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_NUM_REGS:
        *value = 32; // nobody has compiled it for a device
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_PTX_VERSION:
        *value = function->ptx_version;
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
        *value = settings.compute_capability;
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
        *value = function->max_dynamic_shared;
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
    case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
        *value = 0;
        return CUDA_SUCCESS;
    default:
        return CUDA_ERROR_INVALID_VALUE;
    }
}

SIM_API cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
    ENTER(context);
    auto function = functions.find(handle);
    REQUIRE(function != nullptr, CUDA_ERROR_INVALID_HANDLE);
    switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
        REQUIRE(value >= 0 && value + int(function->entry.static_shared_bytes) <= 227 << 10, CUDA_ERROR_INVALID_VALUE);
        function->max_dynamic_shared = value;
        return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
        return CUDA_SUCCESS;
    default:
        return CUDA_ERROR_INVALID_VALUE;
    }
}

SIM_API cuFuncSetCacheConfig(CUfunction handle, int) {
    ENTER(context);
    return functions.find(handle) != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

SIM_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction handle, int threads, size_t) {
    ENTER(context);
    REQUIRE(functions.find(handle) != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(blocks != nullptr && threads > 0, CUDA_ERROR_INVALID_VALUE);
    *blocks = std::min(32, 2048 / ((threads + 31) / 32 * 32));
    return CUDA_SUCCESS;
}
