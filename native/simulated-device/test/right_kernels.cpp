// Correct kernels give the right numbers, whatever the order of threads and blocks.
#include <cmath>
#include <cstring>

#include "checks.h"

using namespace test;

TEST(vector_add) {
    for (int n : {1, 4, 6, 13, 207, 4098}) {
        Buffer x(ramp(size_t(n)));
        Buffer y(ramp(size_t(n), 100, 2));
        Buffer sum(size_t(n) + 1);
        CHECK_OK(launch("add", unsigned(n + 127) / 128, 128, 0, x.address, y.address, sum.address, n));
        auto got = sum.read();
        for (int i = 0; i < n; i++) {
            CHECK(got[size_t(i)] == 100.0f + 3.0f * float(i));
        }
        CHECK(std::isnan(got[size_t(n)]));
    }
    CHECK_NO_PROBLEM();
}

TEST(grid_stride) {
    size_t n = 100003;
    Buffer x(ramp(n));
    CHECK_OK(launch("scale_grid_stride", 7, 96, 0, x.address, 2.0f, (long long)n));
    CHECK(x.read() == ramp(n, 0, 2));
    CHECK_NO_PROBLEM();
}

TEST(block_reduction_with_shuffles) {
    int columns = 777;
    Buffer x(ramp(size_t(columns) * 5));
    for (unsigned block : {32u, 128u, 512u}) {
        Buffer sums(5);
        CHECK_OK(launch("row_sum", 5, block, 0, x.address, sums.address, columns));
        auto got = sums.read();
        for (int row = 0; row < 5; row++) {
            double expected = columns * (double(row) * columns + (columns - 1) / 2.0);
            CHECK(std::fabs(got[size_t(row)] - expected) < 1e-5 * expected);
        }
    }
    CHECK_NO_PROBLEM();
}

TEST(softmax_with_dynamic_shared_memory) {
    int columns = 300;
    Buffer x(ramp(size_t(columns) * 3, -5, 0.03f));
    Buffer y(size_t(columns) * 3);
    CHECK_OK(launch("softmax_row", 3, 128, 128 * 4, x.address, y.address, columns));
    auto got = y.read();
    for (int row = 0; row < 3; row++) {
        double sum = 0;
        for (int c = 0; c < columns; c++) {
            sum += got[size_t(row * columns + c)];
        }
        CHECK(std::fabs(sum - 1) < 1e-5);
    }
    CHECK_NO_PROBLEM();
}

TEST(votes_and_atomics) {
    int n = 100;
    Buffer x(ramp(size_t(n), -49.5f));
    Buffer counter(2);
    CHECK_OK(cuMemsetD32Async(counter.address, 0, 2, stream));
    CHECK_OK(launch("count_positive", 2, 64, 0, x.address, counter.address, n));
    CHECK((counter.read<int>() == std::vector<int>{50, 100}));
    CHECK_NO_PROBLEM();
}

TEST(three_dimensional_launch) {
    Buffer hits(2 * 3 * 4 * 5 * 6 * 7);
    CHECK_OK(cuMemsetD32Async(hits.address, 0, 2 * 3 * 4 * 5 * 6 * 7, stream));
    void* parameters[] = {&hits.address};
    CHECK_OK(cuLaunchKernel(function("coordinates"), 2, 3, 4, 5, 6, 7, 0, stream, parameters, nullptr));
    CHECK_OK(cuStreamSynchronize(stream));
    auto got = hits.read<int>();
    for (int i = 0; i < 2 * 3 * 4 * 5 * 6 * 7; i++) {
        CHECK(got[size_t(i)] == 1 + i % (5 * 6 * 7));
    }
    CHECK_NO_PROBLEM();
}

struct Settings {
    int n;
    float factor[3];
};

TEST(parameters_by_pointers_and_packed) {
    Buffer x(3);
    Settings settings{3, {1, 2, 3}};
    CHECK_OK(launch("packed_parameters", 1, 1, 0, x.address, char(-1), settings, 0.5));
    CHECK((x.read() == std::vector<float>{-0.5f, -1.5f, -2.5f}));

    struct Packed {
        CUdeviceptr x;
        char sign;
        Settings settings;
        double offset;
    } packed{x.address, 1, settings, 10};
    size_t size = sizeof(packed);
    void* extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &packed, CU_LAUNCH_PARAM_BUFFER_SIZE, &size, CU_LAUNCH_PARAM_END};
    CHECK_OK(cuLaunchKernel(function("packed_parameters"), 1, 1, 1, 1, 1, 1, 0, stream, nullptr, extra));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((x.read() == std::vector<float>{11, 12, 13}));
    CHECK_NO_PROBLEM();

    size = 8;
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE,
               cuLaunchKernel(function("packed_parameters"), 1, 1, 1, 1, 1, 1, 0, stream, nullptr, extra));
    CHECK_PROBLEM("shorter than the kernel's");
    CHECK_OK(launch("no_parameters", 3, 32, 0));
}

TEST(parameters_are_copied_at_the_launch) {
    Buffer x(ramp(4));
    float factor = 2;
    long long n = 4;
    void* parameters[] = {&x.address, &factor, &n};
    CHECK_OK(cuLaunchKernel(function("scale_grid_stride"), 1, 1, 1, 32, 1, 1, 0, stream, parameters, nullptr));
    factor = 1000;
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(x.read() == ramp(4, 0, 2));
    CHECK_NO_PROBLEM();
}

TEST(attributes_of_functions) {
    int value = 0;
    CHECK_OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function("row_sum")));
    CHECK(value == 512);
    CHECK_OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function("row_sum")));
    CHECK(value == 128);
    CHECK_OK(cuFuncGetAttribute(&value, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function("add")));
    CHECK(value == 0);
}

TEST(counters) {
    Buffer x(ramp(4));
    lamina_sim_reset(0);
    launch("scale_grid_stride", 1, 32, 0, x.address, 1.0f, 4ll);
    launch("no_parameters", 1, 32, 0);
    x.read();
    CHECK(lamina_sim_counter("launches") == 2);
    CHECK(lamina_sim_counter("launches.no_parameters") == 1);
    CHECK(lamina_sim_counter("synchronizations") == 3);
    CHECK(lamina_sim_counter("d2h") == 1);
    CHECK(lamina_sim_counter("live_bytes") == 16);
    CHECK(lamina_sim_counter("live_allocations") == 1);
    CHECK(lamina_sim_counter("anything") == 0);
}
