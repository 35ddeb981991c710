// A very small test framework, and helpers around the driver's calls.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "../driver/cuda_abi.h"
#include "driver_functions.h"

namespace test {

struct Case {
    const char* name;
    void (*run)();
};

inline std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

struct Registration {
    Registration(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

inline int failures = 0;
inline const char* running = "";

inline void fail(const char* file, int line, const std::string& message) {
    failures++;
    std::fprintf(stderr, "%s:%d: %s: %s\n", file, line, running, message.c_str());
}

/** All problems that are recorded, one to a line. */
inline std::string problems() {
    std::string all;
    for (int i = 0; i < lamina_sim_problem_count(); i++) {
        all += std::string("  ") + lamina_sim_problem(i) + "\n";
    }
    return all;
}

inline CUmodule module = nullptr;
inline CUstream stream = nullptr;

inline CUfunction function(const char* name) {
    CUfunction handle = nullptr;
    if (cuModuleGetFunction(&handle, module, name) != CUDA_SUCCESS) {
        std::fprintf(stderr, "no kernel %s\n", name);
        std::exit(1);
    }
    return handle;
}

/** Device memory that frees itself. */
class Buffer {
public:
    explicit Buffer(size_t elements) : bytes_(elements * 4) { cuMemAlloc_v2(&address, bytes_); }

    explicit Buffer(const std::vector<float>& values) : Buffer(values.size()) {
        cuMemcpyHtoD_v2(address, values.data(), bytes_);
    }

    Buffer(const Buffer&) = delete;

    ~Buffer() {
        if (address != 0) {
            cuMemFree_v2(address);
        }
    }

    template <class T = float>
    std::vector<T> read() const {
        std::vector<T> values(bytes_ / sizeof(T));
        cuMemcpyDtoH_v2(values.data(), address, bytes_);
        return values;
    }

    CUdeviceptr address = 0;

private:
    size_t bytes_;
};

template <class... Values>
CUresult launch_on(CUstream on, const char* kernel, unsigned grid, unsigned block, unsigned shared, Values... values) {
    void* parameters[] = {&values..., nullptr};
    return cuLaunchKernel(function(kernel), grid, 1, 1, block, 1, 1, shared, on, parameters, nullptr);
}

/** Launches on the common stream and waits. */
template <class... Values>
CUresult launch(const char* kernel, unsigned grid, unsigned block, unsigned shared, Values... values) {
    CUresult result = launch_on(stream, kernel, grid, block, shared, values...);
    return result != CUDA_SUCCESS ? result : cuStreamSynchronize(stream);
}

inline std::vector<float> ramp(size_t n, float first = 0, float step = 1) {
    std::vector<float> values(n);
    for (size_t i = 0; i < n; i++) {
        values[i] = first + step * float(i);
    }
    return values;
}

/** Pinned host memory that frees itself. */
class Pinned {
public:
    explicit Pinned(size_t elements) { cuMemHostAlloc(reinterpret_cast<void**>(&values), elements * 4, 0); }
    ~Pinned() { cuMemFreeHost(values); }

    float* values = nullptr;
};

} // namespace test

#define TEST(name)                                                                                                     \
    static void name();                                                                                                \
    static test::Registration registration_##name(#name, name);                                                        \
    static void name()

#define CHECK(condition)                                                                                               \
    if (!(condition)) {                                                                                                \
        test::fail(__FILE__, __LINE__, "not true: " #condition "\n" + test::problems());                               \
    }

#define CHECK_CODE(expected, call)                                                                                     \
    if (int code_ = (call); code_ != (expected)) {                                                                     \
        test::fail(__FILE__, __LINE__, #call " answered " + std::to_string(code_) + "\n" + test::problems());          \
    }

#define CHECK_OK(call) CHECK_CODE(CUDA_SUCCESS, call)

/** That a problem with this text is recorded; forgets all problems. */
#define CHECK_PROBLEM(part)                                                                                            \
    if (test::problems().find(part) == std::string::npos) {                                                            \
        test::fail(__FILE__, __LINE__, std::string("no problem with: ") + (part) + "\n" + test::problems());           \
    }                                                                                                                  \
    lamina_sim_clear_problems();

#define CHECK_NO_PROBLEM() CHECK(lamina_sim_problem_count() == 0)
