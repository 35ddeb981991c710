// Barriers, warps, launches, modules: what a device refuses or hangs on.
#include <cmath>
#include <cstring>

#include "checks.h"

using namespace test;

namespace test {
std::string read_file(const std::string& name);
}

TEST(divergent_barrier) {
    Buffer x(64);
    CHECK_CODE(CUDA_ERROR_LAUNCH_FAILED, launch("divergent_barrier", 1, 32, 0, x.address));
    CHECK_PROBLEM("divergent __syncthreads");
    lamina_sim_reset(0);
}

TEST(return_before_a_barrier) {
    Buffer x(64);
    CHECK_OK(launch("early_return_before_barrier", 1, 32, 0, x.address, 32));
    CHECK_NO_PROBLEM();
    CHECK_CODE(CUDA_ERROR_LAUNCH_FAILED, launch("early_return_before_barrier", 1, 64, 0, x.address, 40));
    CHECK_PROBLEM("divergent __syncthreads");
    lamina_sim_reset(0);
}

TEST(shuffle_with_exited_lane) {
    Buffer x(ramp(32));
    CHECK_CODE(CUDA_ERROR_LAUNCH_FAILED, launch("shuffle_with_exited_lane", 1, 32, 0, x.address));
    CHECK_PROBLEM("warp operation");
    lamina_sim_reset(0);
}

TEST(missing_barrier_shows_in_the_numbers) {
    Buffer x(64);
    CHECK_OK(launch("missing_barrier", 1, 64, 0, x.address));
    bool poisoned = false;
    for (float value : x.read()) {
        poisoned = poisoned || std::isnan(value);
    }
    CHECK(poisoned);
}

TEST(index_beyond_static_shared_memory) {
    Buffer x(64);
    CHECK_OK(launch("shared_index_out_of_range", 1, 64, 0, x.address, 0));
    CHECK_NO_PROBLEM();
    CHECK_CODE(CUDA_ERROR_LAUNCH_FAILED, launch("shared_index_out_of_range", 1, 64, 0, x.address, 1));
    CHECK_PROBLEM("index 64 is out of range");
    lamina_sim_reset(0);
}

TEST(beyond_dynamic_shared_memory) {
    Buffer x(1);
    CHECK_OK(launch("dynamic_shared_overflow", 1, 1, 64, x.address, 15));
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("dynamic_shared_overflow", 1, 1, 64, x.address, 16));
    CHECK_PROBLEM("outside the 64 bytes of dynamic shared memory");
    lamina_sim_reset(0);
}

TEST(launch_limits) {
    Buffer x(ramp(1024));
    auto refused = [&](unsigned grid_x, unsigned grid_y, unsigned block, unsigned shared) {
        int columns = 4;
        void* parameters[] = {&x.address, &x.address, &columns};
        return cuLaunchKernel(function("softmax_row"), grid_x, grid_y, 1, block, 1, 1, shared, stream, parameters,
                              nullptr);
    };
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, refused(1, 1, 1056, 0));
    CHECK_PROBLEM("at most 1024 threads");
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, refused(1, 65536, 32, 128));
    CHECK_PROBLEM("65535");
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, refused(0, 1, 32, 128));
    CHECK_PROBLEM("size 0");
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, refused(1, 1, 32, 49153));
    CHECK_PROBLEM("shared memory");
    CHECK_OK(cuFuncSetAttribute(function("softmax_row"), CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 60000));
    CHECK_OK(refused(1, 1, 32, 49153));
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE,
               cuFuncSetAttribute(function("softmax_row"), CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 300000));
    int columns = 4;
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, launch("row_sum", 1, 544, 0, x.address, x.address, columns));
    CHECK_PROBLEM("__launch_bounds__");
}

TEST(handles_that_do_not_exist) {
    CUstream gone;
    CHECK_OK(cuStreamCreate(&gone, CU_STREAM_NON_BLOCKING));
    CHECK_OK(cuStreamDestroy_v2(gone));
    CHECK_CODE(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(gone));
    CHECK_PROBLEM("does not exist or is destroyed");
    CHECK_CODE(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(reinterpret_cast<CUstream>(module)));
    CHECK_PROBLEM("does not exist or is destroyed");
    CHECK_CODE(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(nullptr, stream));
    CHECK_PROBLEM("cuEventRecord");
    CUfunction none;
    CHECK_CODE(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&none, module, "no_such_kernel"));
    CHECK_NO_PROBLEM();
}

TEST(stale_ptx) {
    CUmodule other;
    std::string ptx = read_file("kernels.ptx");
    size_t at = ptx.find(".param .u32 add_param_3");
    CHECK(at != std::string::npos);
    ptx.replace(at, 11, ".param .u64");
    CHECK_CODE(CUDA_ERROR_INVALID_PTX, cuModuleLoadData(&other, ptx.c_str()));
    CHECK_PROBLEM("stale PTX: kernel add, parameter 3 has 8 bytes in the PTX and 4 in the sources");
    ptx.erase(ptx.rfind(',', at), 1).erase(at - 1, std::strlen(".param .u64 add_param_3"));
    char log[200] = "";
    int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void* values[] = {log, reinterpret_cast<void*>(sizeof(log))};
    CHECK_CODE(CUDA_ERROR_INVALID_PTX, cuModuleLoadDataEx(&other, ptx.c_str(), 2, options, values));
    CHECK(std::string(log).find("kernel add has 3 parameters") != std::string::npos);
    CHECK(size_t(values[1]) == std::strlen(log));
    CHECK_PROBLEM("3 parameters");
}

TEST(kernel_without_host_build) {
    CUmodule other;
    CHECK_OK(cuModuleLoadData(&other, ".version 7.0\n.target sm_80\n.visible .entry newer(.param .f32 a)\n{ ret; }\n"));
    CUfunction handle;
    CHECK_CODE(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&handle, other, "newer"));
    CHECK_PROBLEM("not in this build");
    CHECK_OK(cuModuleUnload(other));
    CHECK_CODE(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(other));
}

TEST(ptx_that_the_driver_cannot_take) {
    CUmodule other;
    CHECK_CODE(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&other, "\x7f" "ELF"));
    CHECK_CODE(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&other, "// nothing\n"));
    const char* newer = ".version 8.5\n.target sm_90\n";
    CHECK_OK(cuModuleLoadData(&other, newer));
    lamina_sim_set_driver_version(11080);
    int version = 0;
    CHECK_OK(cuDriverGetVersion(&version));
    CHECK(version == 11080);
    CHECK_CODE(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, cuModuleLoadData(&other, newer));
    lamina_sim_set_driver_version(12060);
    CHECK_OK(cuModuleLoadData(&other, newer));
    lamina_sim_set_compute_capability(75);
    CHECK_CODE(CUDA_ERROR_NO_BINARY_FOR_GPU, cuModuleLoadData(&other, newer));
    CHECK_NO_PROBLEM();
}

TEST(injected_errors) {
    CUdeviceptr address;
    lamina_sim_fail("cuMemAlloc", 2, CUDA_ERROR_OUT_OF_MEMORY);
    Buffer x(4);
    CHECK_CODE(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&address, 16));
    Buffer y(4);
    lamina_sim_fail("cuStreamSynchronize", 1, CUDA_ERROR_LAUNCH_TIMEOUT);
    CHECK_CODE(CUDA_ERROR_LAUNCH_TIMEOUT, cuStreamSynchronize(stream));
    CHECK_CODE(CUDA_ERROR_LAUNCH_TIMEOUT, cuCtxSynchronize()); // the context is lost
    lamina_sim_reset(0);
    CHECK_OK(cuCtxSynchronize());
    CHECK_NO_PROBLEM();
}

TEST(lost_context_and_reset) {
    Buffer x(100);
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("write_beyond", 1, 1, 0, x.address, 1000000));
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemFree_v2(x.address));
    CHECK_OK(cuDevicePrimaryCtxReset_v2(0));
    x.address = 0; // the reset has freed it
    CHECK(lamina_sim_counter("live_allocations") == 0);
    lamina_sim_clear_problems();
    CHECK_CODE(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(stream)); // streams and modules are gone too
    Buffer y(4);
    CHECK_OK(cuCtxSynchronize());
    CHECK_PROBLEM("does not exist or is destroyed");
}

TEST(everything_else_is_a_stub) {
    CHECK_CODE(CUDA_ERROR_NOT_SUPPORTED, cuMemAllocManaged());
    CHECK(cublasCgemm_v2() == 15);
    const char* name = nullptr;
    CHECK_OK(cuGetErrorName(CUDA_ERROR_NOT_SUPPORTED, &name));
    CHECK(std::string(name) == "CUDA_ERROR_NOT_SUPPORTED");
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuGetErrorName(CUresult(12345), &name));
}
