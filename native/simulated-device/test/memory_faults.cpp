// Wrong use of memory, by kernels and by calls.
#include <cmath>
#include <cstring>

#include "checks.h"

using namespace test;

// After a fault every call answers the same error; a reset of the test's state gives the context back.
static void expect_lost_context(CUresult code) {
    CHECK_CODE(code, cuStreamSynchronize(stream));
    CUdeviceptr address;
    CHECK_CODE(code, cuMemAlloc_v2(&address, 16));
}

TEST(write_far_beyond_the_end) {
    Buffer x(100);
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("write_beyond", 1, 1, 0, x.address, 1000));
    CHECK(problems().find("kernel write_beyond grid (1,1,1) block (1,1,1), block (0,0,0) thread (0,0,0)") !=
          std::string::npos);
    CHECK(problems().find("bytes past the end of allocation") != std::string::npos);
    expect_lost_context(CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK_PROBLEM("out of bounds write");
    lamina_sim_reset(0);
}

TEST(read_far_beyond_the_end) {
    Buffer x(100);
    Buffer y(1);
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("read_beyond", 1, 1, 0, x.address, y.address, 1000));
    expect_lost_context(CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK_PROBLEM("out of bounds read");
    lamina_sim_reset(0);
}

TEST(write_before_the_start) {
    Buffer x(1024);
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("write_beyond", 1, 1, 0, x.address, -2000));
    CHECK_PROBLEM("bytes before allocation");
    lamina_sim_reset(0);
}

TEST(write_just_beyond_the_end) {
    Buffer x(101);
    CHECK_OK(launch("write_beyond", 1, 1, 0, x.address, 101)); // the device would not notice either
    CHECK(problems().find("found after kernel write_beyond") != std::string::npos);
    CHECK_PROBLEM("0 bytes past the end of allocation");
    CHECK_OK(launch("write_beyond", 1, 1, 0, x.address, -1));
    CHECK_PROBLEM("4 bytes before allocation");
    CHECK_OK(cuCtxSynchronize());
    CHECK_NO_PROBLEM(); // reported once
}

TEST(read_just_beyond_the_end_is_nan) {
    Buffer x(ramp(101));
    Buffer y(1);
    CHECK_OK(launch("read_beyond", 1, 1, 0, x.address, y.address, 101));
    CHECK(std::isnan(y.read()[0]));
    CHECK_NO_PROBLEM();
}

TEST(fresh_memory_is_nan) {
    Buffer x(10);
    for (float value : x.read()) {
        CHECK(std::isnan(value));
    }
}

TEST(use_after_free_in_a_kernel) {
    CUdeviceptr address;
    CHECK_OK(cuMemAlloc_v2(&address, 400));
    CHECK_OK(cuMemFree_v2(address));
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("write_beyond", 1, 1, 0, address, 3));
    CHECK_PROBLEM("use after free: byte 12 of allocation");
    lamina_sim_reset(0);
}

TEST(use_after_free_in_a_copy) {
    CUdeviceptr address;
    CHECK_OK(cuMemAlloc_v2(&address, 400));
    CHECK_OK(cuMemFree_v2(address));
    float value = 0;
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(&value, address, 4));
    CHECK_PROBLEM("use after free");
}

TEST(double_free) {
    CUdeviceptr address;
    CHECK_OK(cuMemAlloc_v2(&address, 400));
    CHECK_OK(cuMemFree_v2(address));
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(address));
    CHECK_PROBLEM("double free");
}

TEST(free_of_what_is_no_allocation) {
    Buffer x(10);
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(x.address + 4));
    CHECK_PROBLEM("not the start of an allocation");
    int local = 0;
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(CUdeviceptr(&local)));
    CHECK_PROBLEM("no device memory");
    CHECK_OK(cuMemFree_v2(0));
}

TEST(copy_beyond_the_end) {
    Buffer x(10);
    std::vector<float> host(11);
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(x.address, host.data(), 44));
    CHECK_PROBLEM("44 bytes");
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host.data(), x.address + 4, 40));
    CHECK_PROBLEM("not inside one live allocation");
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(x.address, 0, 11, stream));
    CHECK_PROBLEM("cuMemsetD32Async");
}

TEST(device_address_as_host_address) {
    Buffer x(10);
    Buffer y(10);
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE,
               cuMemcpyHtoD_v2(x.address, reinterpret_cast<void*>(y.address), 40));
    CHECK_PROBLEM("is device memory");
}

TEST(host_address_as_kernel_argument) {
    std::vector<float> host(10);
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("write_beyond", 1, 1, 0, host.data(), 0));
    CHECK_PROBLEM("is no device address");
    CHECK(host[0] == 0);
    lamina_sim_reset(0);
}

TEST(null_pointer_in_a_kernel) {
    CHECK_CODE(CUDA_ERROR_ILLEGAL_ADDRESS, launch("write_beyond", 1, 1, 0, CUdeviceptr(0), 0));
    CHECK_PROBLEM("a null pointer");
    lamina_sim_reset(0);
}

TEST(misaligned_vector_access) {
    Buffer x(ramp(16));
    CHECK_OK(launch("misaligned", 1, 1, 0, x.address, 4));
    CHECK_NO_PROBLEM();
    CHECK_CODE(CUDA_ERROR_MISALIGNED_ADDRESS, launch("misaligned", 1, 1, 0, x.address, 1));
    CHECK_PROBLEM("misaligned: kernels.cu:");
    lamina_sim_reset(0);
}

TEST(leak_at_the_end_of_the_context) {
    CUdeviceptr address;
    CHECK_OK(cuMemAlloc_v2(&address, 12345));
    CHECK(std::string(lamina_sim_live_allocations()).find("12345 bytes") != std::string::npos);
    CHECK_OK(cuDevicePrimaryCtxRelease_v2(0));
    CHECK_PROBLEM("leak: allocation");
    CHECK(lamina_sim_counter("live_allocations") == 0);
    CHECK_CODE(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemFree_v2(address));
    CHECK_CODE(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
}

TEST(out_of_memory) {
    lamina_sim_set_memory(1000);
    CUdeviceptr first;
    CUdeviceptr second;
    CHECK_OK(cuMemAlloc_v2(&first, 600));
    CHECK_CODE(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&second, 500));
    size_t free = 0;
    size_t total = 0;
    CHECK_OK(cuMemGetInfo_v2(&free, &total));
    CHECK(free == 400 && total == 1000);
    CHECK_OK(cuMemFree_v2(first));
    CHECK_OK(cuMemAlloc_v2(&second, 500));
    CHECK_OK(cuMemFree_v2(second));
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&first, 0));
    CHECK_NO_PROBLEM();
}

TEST(many_allocations_come_and_go) {
    for (int i = 0; i < 30000; i++) { // more than the quarantine holds
        CUdeviceptr address;
        CHECK_OK(cuMemAlloc_v2(&address, 64));
        CHECK_OK(cuMemFree_v2(address));
    }
    CHECK_NO_PROBLEM();
}
