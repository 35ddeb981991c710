// The cuBLAS stand-in: numbers, order, and refusals.
#include <cmath>

#include "checks.h"

using namespace test;

namespace {

enum { invalid_value = 7, execution_failed = 13, not_supported = 15, not_initialized = 1 };

class Blas {
public:
    Blas() {
        cublasCreate_v2(&handle);
        cublasSetStream_v2(handle, stream);
    }
    ~Blas() { cublasDestroy_v2(handle); }

    void* handle = nullptr;
};

const float one = 1;
const float zero = 0;

/** C = alpha * op(A) * op(B) + beta * C on the CPU, column-major. */
std::vector<float> reference(bool ta, bool tb, int m, int n, int k, float alpha, const std::vector<float>& a, int lda,
                             const std::vector<float>& b, int ldb, float beta, std::vector<float> c, int ldc) {
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
            double sum = 0;
            for (int p = 0; p < k; p++) {
                sum += double(a[size_t(ta ? i * lda + p : p * lda + i)]) * b[size_t(tb ? p * ldb + j : j * ldb + p)];
            }
            float& cell = c[size_t(j * ldc + i)];
            cell = float(alpha * sum + (beta == 0 ? 0 : double(beta) * cell));
        }
    }
    return c;
}

} // namespace

TEST(gemm_in_all_transpositions) {
    Blas blas;
    int m = 5;
    int n = 7;
    int k = 3;
    auto a = ramp(64, -3, 0.5f);
    auto b = ramp(64, 2, -0.25f);
    auto c = ramp(64, 1, 1);
    Buffer x(a);
    Buffer y(b);
    for (int ta : {0, 1}) {
        for (int tb : {0, 1}) {
            Buffer z(c);
            float alpha = 1.5f;
            float beta = -2;
            CHECK(cublasSgemm_v2(blas.handle, ta, tb, m, n, k, &alpha, x.address, 6, y.address, 8, &beta, z.address,
                                 9) == 0);
            alpha = 1000; // read at the call
            CHECK_OK(cuStreamSynchronize(stream));
            CHECK(z.read() == reference(ta, tb, m, n, k, 1.5f, a, 6, b, 8, -2, c, 9));
        }
    }
    CHECK(lamina_sim_counter("gemms") == 4);
    CHECK_NO_PROBLEM();
}

TEST(gemm_ignores_c_when_beta_is_zero) {
    Blas blas;
    Buffer x(ramp(4));
    Buffer c(4); // NaN
    CHECK(cublasSgemm_v2(blas.handle, 0, 0, 2, 2, 2, &one, x.address, 2, x.address, 2, &zero, c.address, 2) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((c.read() == std::vector<float>{2, 3, 6, 11}));
    CHECK(cublasSgemm_v2(blas.handle, 0, 0, 2, 2, 0, &one, x.address, 2, x.address, 2, &zero, c.address, 2) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((c.read() == std::vector<float>{0, 0, 0, 0}));
}

TEST(gemm_runs_in_stream_order_and_in_graphs) {
    Blas blas;
    Buffer x(ramp(4));
    Buffer c(ramp(4, 0, 0));
    CUgraph graph;
    CUgraphExec executable;
    CHECK_OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CHECK(cublasSgemm_v2(blas.handle, 0, 0, 2, 2, 2, &one, x.address, 2, x.address, 2, &one, c.address, 2) == 0);
    launch_on(stream, "scale_grid_stride", 1, 32, 0, c.address, 2.0f, 4ll);
    CHECK_OK(cuStreamEndCapture(stream, &graph));
    CHECK_OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
    CHECK_OK(cuGraphLaunch(executable, stream));
    CHECK_OK(cuGraphLaunch(executable, stream));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((c.read() == std::vector<float>{12, 18, 36, 66}));
    CHECK_NO_PROBLEM();
}

TEST(batches_types_and_vectors) {
    Blas blas;
    Buffer x(ramp(8));
    Buffer c(8);
    CHECK(cublasSgemmStridedBatched(blas.handle, 0, 0, 2, 2, 2, &one, x.address, 2, 4, x.address, 2, 0, &zero,
                                    c.address, 2, 4, 2) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((c.read() == std::vector<float>{2, 3, 6, 11, 6, 7, 26, 31}));

    Buffer bf16(std::vector<float>(4)); // 8 values of bfloat16: 1 is 0x3f80
    CHECK_OK(cuMemsetD32Async(bf16.address, 0x3f803f80, 4, stream));
    CHECK(cublasGemmEx(blas.handle, 0, 1, 2, 2, 4, &one, bf16.address, 14, 2, bf16.address, 14, 2, &zero, c.address, 0,
                       2, 68, -1) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(c.read()[3] == 4);
    CHECK(cublasGemmEx(blas.handle, 0, 1, 2, 2, 4, &one, bf16.address, 14, 2, bf16.address, 2, 2, &zero, c.address, 0,
                       2, 68, -1) == not_supported);
    CHECK_PROBLEM("not supported");

    Buffer y(ramp(2, 0, 0));
    CHECK(cublasSgemv_v2(blas.handle, 0, 2, 3, &one, x.address, 2, x.address, 1, &zero, y.address, 1) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((y.read() == std::vector<float>{10, 13}));
    CHECK(cublasSgemv_v2(blas.handle, 1, 3, 2, &one, x.address, 3, x.address, 2, &zero, y.address, 1) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((y.read() == std::vector<float>{10, 28}));
    CHECK_NO_PROBLEM();
}

TEST(device_scalars) {
    Blas blas;
    Buffer scalars(std::vector<float>{3, 0});
    Buffer x(ramp(1, 5));
    Buffer c(1);
    CHECK(cublasSetPointerMode_v2(blas.handle, 1) == 0);
    CHECK(cublasSgemm_v2(blas.handle, 0, 0, 1, 1, 1, reinterpret_cast<float*>(scalars.address), x.address, 1,
                         x.address, 1, reinterpret_cast<float*>(scalars.address + 4), c.address, 1) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(c.read()[0] == 75);
}

TEST(refused_products) {
    Blas blas;
    Buffer x(ramp(16));
    Buffer c(16);
    auto gemm = [&](int ta, int m, int n, int k, CUdeviceptr a, int lda, CUdeviceptr out) {
        return cublasSgemm_v2(blas.handle, ta, 0, m, n, k, &one, a, lda, x.address, 4, &zero, out, 4);
    };
    CHECK(gemm(0, 4, 4, 4, x.address, 3, c.address) == invalid_value);
    CHECK_PROBLEM("leading dimensions 3, 4, 4 must be at least 4, 4, 4");
    CHECK(gemm(5, 4, 4, 4, x.address, 4, c.address) == invalid_value);
    CHECK_PROBLEM("transpose of A is 5");
    CHECK(gemm(0, -1, 4, 4, x.address, 4, c.address) == invalid_value);
    CHECK_PROBLEM("may be negative");
    CHECK(gemm(0, 4, 4, 4, 0, 4, c.address) == invalid_value);
    CHECK_PROBLEM("A is null");
    CHECK(gemm(0, 4, 4, 4, x.address + 2, 4, c.address) == invalid_value);
    CHECK_PROBLEM("not aligned");
    CHECK(gemm(0, 4, 4, 4, x.address + 4, 4, c.address) == execution_failed);
    CHECK_PROBLEM("matrix A: 64 bytes");
    CHECK(gemm(0, 4, 5, 4, x.address, 4, c.address) == execution_failed);
    CHECK_PROBLEM("matrix B: 80 bytes");
    CHECK(gemm(0, 0, 4, 4, 0, 4, 0) == 0);
    CHECK_NO_PROBLEM();
    CHECK(gemm(0, 4, 4, 4, c.address, 4, c.address) == 0);
    CHECK_PROBLEM("overlaps");
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK_NO_PROBLEM();
}

TEST(handles_and_workspace) {
    void* handle = nullptr;
    CHECK(cublasCreate_v2(&handle) == 0);
    Buffer workspace(1024);
    Buffer x(ramp(4));
    Buffer c(4);
    CHECK(cublasSetStream_v2(handle, stream) == 0);
    CHECK(cublasSetWorkspace_v2(handle, reinterpret_cast<void*>(workspace.address), 4096) == 0);
    CHECK(lamina_sim_counter("workspace_resets") == 0);
    CHECK(cublasSetStream_v2(handle, stream) == 0);
    CHECK(lamina_sim_counter("workspace_resets") == 1);
    CHECK(cublasSetWorkspace_v2(handle, reinterpret_cast<void*>(workspace.address), 4097) == invalid_value);
    CHECK_PROBLEM("cublasSetWorkspace");
    CHECK(cublasSetWorkspace_v2(handle, reinterpret_cast<void*>(workspace.address), 4096) == 0);
    cuMemFree_v2(workspace.address);
    workspace.address = 0;
    CHECK(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &one, x.address, 2, x.address, 2, &zero, c.address, 2) ==
          execution_failed);
    CHECK_PROBLEM("workspace");
    lamina_sim_fail("cublasSgemm", 2, 14);
    CHECK(cublasSetStream_v2(handle, stream) == 0);
    CHECK(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &one, x.address, 2, x.address, 2, &zero, c.address, 2) == 0);
    CHECK(cublasSgemm_v2(handle, 0, 0, 2, 2, 2, &one, x.address, 2, x.address, 2, &zero, c.address, 2) == 14);
    CHECK(cublasDestroy_v2(handle) == 0);
    CHECK(cublasDestroy_v2(handle) == not_initialized);
    CHECK_PROBLEM("does not exist or is destroyed");
}
