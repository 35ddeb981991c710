// Finding algorithms, and the product itself.
#include <cstring>

#include "../cublas/product_types.h"
#include "../cublas/temper.h"
#include "product.h"

namespace lamina::sim {

static constexpr uint64_t MAGIC = 0x6c616d696e61;

/** What the first algorithm of each product needs, where the user allows it; the others need none. */
static constexpr uint64_t WORKSPACE = 64 << 10;

static constexpr int MOST_ALGORITHMS = 3;

static bool is_power_of_two(uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

/** The alignments that a preference promises for A, B, C, D; 0 for one that is none, a problem. */
static bool alignments(const LtObject& preference, const char* function, uint32_t* alignment) {
    for (int i = 0; i < 4; i++) {
        uint64_t promised = preference.get(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES + i, 256);
        if (!is_power_of_two(promised) || promised > 256) {
            blas_problem(function, "%lu is no alignment", (unsigned long)promised);
            return false;
        }
        alignment[i] = uint32_t(promised);
    }
    return true;
}

/** There is no attribute for the bias's alignment: it is that of the address it has when an algorithm is looked for. */
static uint32_t bias_alignment(const LtProduct& product) {
    uint64_t bits = uint64_t(product.bias) | 256;
    return uint32_t(bits & (~bits + 1));
}

/** What a library need not have an algorithm for. */
static bool is_odd(const LtProduct& product) {
    const MatrixProduct& p = product.product;
    auto odd_rows = [](const Matrix& x) {
        return element_size(x.type) == 2 && x.leading_dimension % 8 != 0;
    };
    return p.m == 1 || p.n == 1 || p.k == 1 || odd_rows(p.a) || odd_rows(p.b) || odd_rows(p.c);
}

/** Whether an algorithm may run this product in this workspace, on matrices that lie there. */
static int check_algorithm(const Algorithm& algorithm, const LtProduct& product, const void* workspace, size_t bytes,
                           const char* function) {
    if (algorithm.magic != MAGIC || algorithm.product != product.digest()) {
        blas_problem(function, "the algorithm was %s",
                     algorithm.magic == MAGIC ? "found for another product" : "not found by the heuristic");
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (bytes < algorithm.workspace) {
        blas_problem(function, "the algorithm needs a workspace of %lu bytes and gets %zu",
                     (unsigned long)algorithm.workspace, bytes);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (uint64_t(workspace) % 256 != 0) {
        blas_problem(function, "the workspace %p is not aligned to 256 bytes", workspace);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    const void* at[4] = {product.product.a.data, product.product.b.data, product.c, product.product.c.data};
    for (int i = 0; i < 4; i++) {
        if (uint64_t(at[i]) % algorithm.alignment[i] != 0) {
            blas_problem(function, "%c at %p is not aligned to %u bytes, which was promised to the heuristic",
                         "ABCD"[i], at[i], algorithm.alignment[i]);
            return CUBLAS_STATUS_NOT_SUPPORTED;
        }
    }
    if (product.has_bias() && uint64_t(product.bias) % algorithm.alignment[4] != 0) {
        blas_problem(function, "the bias at %p is not aligned to %u bytes, as it was when the heuristic was asked",
                     product.bias, algorithm.alignment[4]);
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    return CUBLAS_STATUS_SUCCESS;
}

static int run_queued(void* argument) {
    const auto& product = *static_cast<const LtProduct*>(argument);
    if (check_product_memory(product, "cublasLtMatmul") != CUBLAS_STATUS_SUCCESS) {
        return CUDA_ERROR_ILLEGAL_ADDRESS; // freed since the call
    }
    run_product(product);
    return CUDA_SUCCESS;
}

static void drop_queued(void* argument) {
    delete static_cast<LtProduct*>(argument);
}

} // namespace lamina::sim

using namespace lamina::sim;

LT_API cublasLtMatmulAlgoGetHeuristic(LtObject* handle, LtObject* description, LtObject* a, LtObject* b, LtObject* c,
                                      LtObject* d, LtObject* preference, int wanted, HeuristicResult* results,
                                      int* found) {
    ENTER_LT
    if (wanted < 1 || results == nullptr || found == nullptr) {
        blas_problem(__func__, "%d algorithms are asked for", wanted);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    *found = 0;
    REQUIRE_LIVE(preference, Kind::preference)
    LtProduct product;
    int status = read_product({handle, description, a, b, c, d}, __func__, product);
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    if (is_grudging() && is_odd(product)) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    Algorithm algorithm{MAGIC, product.digest(), 0, {}, 0, {}};
    if (!alignments(*preference, __func__, algorithm.alignment)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    algorithm.alignment[4] = bias_alignment(product);
    uint64_t schemes = preference->get(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, CUBLASLT_REDUCTION_SCHEME_MASK);
    uint64_t allowed = preference->get(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
    int most = is_grudging() ? 1 : MOST_ALGORITHMS;
    for (int i = 0; i < most && *found < wanted; i++) {
        algorithm.workspace = i == 0 ? WORKSPACE : 0;
        algorithm.scheme = i == 0 ? uint32_t(schemes) & CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE : 0;
        if (algorithm.workspace <= allowed) {
            results[(*found)++] = HeuristicResult{algorithm, algorithm.workspace, CUBLAS_STATUS_SUCCESS, 1, {}};
        }
    }
    return CUBLAS_STATUS_SUCCESS;
}

LT_API cublasLtMatmul(LtObject* handle, LtObject* description, const void* alpha, void* a, LtObject* layout_a, void* b,
                      LtObject* layout_b, const void* beta, void* c, LtObject* layout_c, void* d, LtObject* layout_d,
                      const Algorithm* algorithm, void* workspace, size_t workspace_bytes, CUstream stream) {
    ENTER_LT
    LtProduct product;
    int status =
        read_product({handle, description, layout_a, layout_b, layout_c, layout_d}, __func__, product);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED) {
        blas_problem(__func__, "this product is not supported");
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    if (alpha == nullptr || beta == nullptr || description->number(CUBLASLT_MATMUL_DESC_POINTER_MODE) != 0) {
        blas_problem(__func__, "alpha and beta are expected on the host");
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    int scale = scale_type(product.compute_type);
    product.alpha = read_scalar(alpha, scale);
    product.beta = read_scalar(beta, scale);
    product.product.a.data = a;
    product.product.b.data = b;
    product.c = c;
    product.product.c.data = d;
    if (algorithm != nullptr) {
        status = check_algorithm(*algorithm, product, workspace, workspace_bytes, __func__);
        product.workspace = workspace;
        product.workspace_bytes = algorithm->workspace;
        product.rounds_parts = algorithm->scheme == CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;
    }
    if (status == CUBLAS_STATUS_SUCCESS) {
        status = check_product_memory(product, __func__);
    }
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    lamina_sim_library_count("lt_products");
    int result = lamina_sim_library_submit(stream, __func__, run_queued, drop_queued, new LtProduct(product));
    return result == CUDA_SUCCESS ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}
