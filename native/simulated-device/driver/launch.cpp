// cuLaunchKernel: checks of the launch, a copy of its arguments, and what to report when the kernel fails.
#include <cstdio>
#include <cstddef>
#include <cstring>
#include <vector>

#include "api.h"
#include "device_memory.h"
#include "graphs.h"
#include "host_memory.h"
#include "modules.h"
#include "streams.h"

using namespace lamina::sim;

namespace {

/** The arguments of one launch, each at an aligned place of one block of memory. */
class Arguments {
public:
    explicit Arguments(const Kernel& kernel) {
        size_t size = 0;
        for (unsigned i = 0; i < kernel.parameter_count; i++) {
            const Parameter& parameter = kernel.parameters[i];
            size = (size + parameter.alignment - 1) / parameter.alignment * parameter.alignment;
            offsets_.push_back(size);
            sizes_.push_back(parameter.size);
            size += parameter.size;
        }
        packed_size_ = size;
        storage_.resize(size / sizeof(max_align_t) + 1);
    }

    /** Bytes of the same layout as the kernel's parameter list on the device. */
    size_t packed_size() const { return packed_size_; }

    void copy_packed(const void* packed) { std::memcpy(bytes(), packed, packed_size_); }

    void copy_each(void** values) {
        for (size_t i = 0; i < offsets_.size(); i++) {
            std::memcpy(bytes() + offsets_[i], values[i], sizes_[i]);
        }
    }

    /** For the kernel, which may change its own copies of the parameters: hence copies again. */
    std::vector<void*> pointers() {
        std::vector<void*> result;
        for (size_t offset : offsets_) {
            result.push_back(bytes() + offset);
        }
        return result;
    }

    uint64_t address(unsigned index) const {
        uint64_t value;
        std::memcpy(&value, reinterpret_cast<const char*>(storage_.data()) + offsets_[index], sizeof(value));
        return value;
    }

private:
    char* bytes() { return reinterpret_cast<char*>(storage_.data()); }

    std::vector<max_align_t> storage_;
    std::vector<size_t> offsets_;
    std::vector<size_t> sizes_;
    size_t packed_size_ = 0;
};

std::string describe_launch(const Function& function, const LaunchShape& shape) {
    char text[300];
    snprintf(text, sizeof(text), "kernel %s grid (%u,%u,%u) block (%u,%u,%u)", function.name.c_str(), shape.grid.x,
             shape.grid.y, shape.grid.z, shape.block.x, shape.block.y, shape.block.z);
    return text;
}

CUresult report_failure(const std::string& launch, const LaunchShape& shape, const KernelResult& result) {
    std::string place = launch + ", " + result.where + ": ";
    switch (result.outcome) {
    case Outcome::finished:
        return CUDA_SUCCESS;
    case Outcome::memory_fault:
        if (near_dynamic_shared(result.address)) {
            problem("%sout of bounds %s at 0x%lx, outside the %u bytes of dynamic shared memory", place.c_str(),
                    result.write ? "write" : "read", result.address, shape.dynamic_shared_bytes);
        } else {
            problem("%sout of bounds %s at 0x%lx, %s", place.c_str(), result.write ? "write" : "read", result.address,
                    describe_address(result.address).c_str());
        }
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    case Outcome::misaligned:
        problem("%smisaligned: %s", place.c_str(), result.text.c_str());
        return CUDA_ERROR_MISALIGNED_ADDRESS;
    default:
        problem("%s%s", place.c_str(), result.text.c_str());
        return CUDA_ERROR_LAUNCH_FAILED;
    }
}

/**
 * Whether each pointer could be one: null, or into device or pinned memory, live or freed. What it points to is the
 * kernel's affair, but an address of the JVM's own memory must never get into a kernel, which could write there.
 */
bool check_pointers(const std::string& launch, const Kernel& kernel, const Arguments& arguments) {
    for (unsigned i = 0; i < kernel.parameter_count; i++) {
        if (!kernel.parameters[i].pointer) {
            continue;
        }
        uint64_t address = arguments.address(i);
        if (address != 0 && find_allocation(address) == nullptr && find_pinned(address, 1) == nullptr) {
            problem("%s: argument %u, 0x%lx, is no device address", launch.c_str(), i, address);
            return false;
        }
    }
    return true;
}

CUresult run(const Function& function, const LaunchShape& shape, Arguments arguments) {
    const Kernel& kernel = *function.kernel;
    std::string launch = describe_launch(function, shape);
    if (!check_pointers(launch, kernel, arguments)) {
        return CUDA_ERROR_ILLEGAL_ADDRESS;
    }
    trace("runs %s", launch.c_str());
    std::vector<const Allocation*> touched; // looked up before: the kernel may change its parameters
    for (unsigned i = 0; i < kernel.parameter_count; i++) {
        const Allocation* allocation = kernel.parameters[i].pointer ? find_allocation(arguments.address(i)) : nullptr;
        if (allocation != nullptr && !allocation->freed) {
            touched.push_back(allocation);
        }
    }
    KernelResult result = run_kernel(kernel, shape, arguments.pointers().data());
    CUresult code = report_failure(launch, shape, result);
    for (const Allocation* allocation : touched) {
        check_canaries(*allocation, launch.c_str());
    }
    return code;
}

CUresult refuse(const Function& function, const LaunchShape& shape, const char* why) {
    problem("%s: %s", describe_launch(function, shape).c_str(), why);
    return CUDA_ERROR_INVALID_VALUE;
}

CUresult check_shape(const Function& function, const LaunchShape& shape) {
    uint64_t threads = uint64_t(shape.block.x) * shape.block.y * shape.block.z;
    if (shape.grid.x == 0 || shape.grid.y == 0 || shape.grid.z == 0 || threads == 0) {
        return refuse(function, shape, "a grid or block of size 0");
    }
    if (threads > 1024 || shape.block.z > 64) {
        return refuse(function, shape, "a block has at most 1024 threads, and 64 in z");
    }
    if (threads > function.entry.max_threads) {
        return refuse(function, shape, "the block is larger than the kernel's __launch_bounds__");
    }
    if (shape.grid.x > 0x7fffffffu || shape.grid.y > 65535 || shape.grid.z > 65535) {
        return refuse(function, shape, "a grid has at most 2147483647 x 65535 x 65535 blocks");
    }
    if (int64_t(shape.dynamic_shared_bytes) > function.max_dynamic_shared) {
        return refuse(function, shape, "more dynamic shared memory than the function is allowed (48 KiB, or what "
                                       "cuFuncSetAttribute set)");
    }
    if (function.max_dynamic_shared <= 48 << 10 &&
        shape.dynamic_shared_bytes + function.entry.static_shared_bytes > 48 << 10) {
        return refuse(function, shape, "more than 48 KiB of static and dynamic shared memory together");
    }
    return CUDA_SUCCESS;
}

/** Reads `extra`: {CU_LAUNCH_PARAM_BUFFER_POINTER, buffer, CU_LAUNCH_PARAM_BUFFER_SIZE, &size, CU_LAUNCH_PARAM_END}. */
CUresult copy_extra(const Function& function, const LaunchShape& shape, void** extra, Arguments& arguments) {
    void* buffer = nullptr;
    size_t size = 0;
    for (; extra[0] != CU_LAUNCH_PARAM_END; extra += 2) {
        if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER) {
            buffer = extra[1];
        } else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE) {
            size = *static_cast<size_t*>(extra[1]);
        } else {
            return CUDA_ERROR_INVALID_VALUE;
        }
    }
    if (buffer == nullptr || size < arguments.packed_size()) {
        return refuse(function, shape, "the packed parameters are shorter than the kernel's");
    }
    arguments.copy_packed(buffer);
    return CUDA_SUCCESS;
}

} // namespace

SIM_API cuLaunchKernel(CUfunction handle, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                       unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream_handle,
                       void** parameters, void** extra) {
    ENTER(context);
    auto function = functions.find(handle);
    REQUIRE(function != nullptr, CUDA_ERROR_INVALID_HANDLE);
    auto stream = find_stream(stream_handle, "cuLaunchKernel");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    LaunchShape shape{{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes};
    CUresult status = check_shape(*function, shape);
    REQUIRE(status == CUDA_SUCCESS, status);
    Arguments arguments(*function->kernel);
    if (function->kernel->parameter_count > 0) {
        REQUIRE((parameters == nullptr) != (extra == nullptr), CUDA_ERROR_INVALID_VALUE);
        if (extra != nullptr) {
            status = copy_extra(*function, shape, extra, arguments);
            REQUIRE(status == CUDA_SUCCESS, status);
        } else {
            arguments.copy_each(parameters);
        }
    }
    Work work{CU_GRAPH_NODE_TYPE_KERNEL, "kernel " + function->name, {}, {}};
    work.issue = [=]() -> Task {
        count("launches");
        count("launches." + function->name);
        return [=]() -> CUresult { return run(*function, shape, arguments); };
    };
    return submit(stream, work);
}
