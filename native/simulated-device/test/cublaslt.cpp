// The cublasLt stand-in: epilogues, algorithms, and refusals.
#include <cmath>
#include <cstring>

#include "checks.h"

using namespace test;

namespace {

enum { invalid_value = 7, not_supported = 15 };
enum { relu_bias = 6, relu_aux_bias = 134, drelu_bgrad = 152, bgrad_a = 256, bgrad_b = 512, gelu_aux = 160 };

const float one = 1;
const float zero = 0;

/** A product as a user describes it: D (m, n) = op(A) op(B), dense. */
class Product {
public:
    Product(int m, int n, int k, bool ta, bool tb, int epilogue, int type = 0) {
        cublasLtCreate(&handle);
        cublasLtMatmulDescCreate(&description, type == 1 ? 70 : 68, type == 1 ? 1 : 0);
        set(3, int(ta));
        set(4, int(tb));
        set(7, epilogue);
        cublasLtMatrixLayoutCreate(&a, type, ta ? k : m, ta ? m : k, ta ? k : m);
        cublasLtMatrixLayoutCreate(&b, type, tb ? n : k, tb ? k : n, tb ? n : k);
        cublasLtMatrixLayoutCreate(&d, type, m, n, m);
        cublasLtMatmulPreferenceCreate(&preference);
    }

    ~Product() {
        cublasLtMatmulDescDestroy(description);
        cublasLtDestroy(handle);
    }

    template <class T> int set(int attribute, T value) {
        return cublasLtMatmulDescSetAttribute(description, attribute, &value, sizeof(T));
    }

    int find(uint64_t workspace = 0) {
        cublasLtMatmulPreferenceSetAttribute(preference, 1, &workspace, 8);
        return cublasLtMatmulAlgoGetHeuristic(handle, description, a, b, d, d, preference, 8, results, &found);
    }

    int run(CUdeviceptr x, CUdeviceptr y, CUdeviceptr z, CUdeviceptr workspace = 0, size_t bytes = 0) {
        return cublasLtMatmul(handle, description, &one, x, a, y, b, &zero, z, d, z, d, results, workspace, bytes,
                              stream);
    }

    size_t workspace(int algorithm) const {
        size_t bytes;
        std::memcpy(&bytes, results + 96 * algorithm + 64, 8);
        return bytes;
    }

    void *handle, *description, *a, *b, *d, *preference;
    char results[8 * 96];
    int found = -1;
};

} // namespace

TEST(lt_relu_and_bias_with_its_mask_and_gradient) {
    Product forward(3, 2, 2, false, false, relu_aux_bias);
    Buffer w(std::vector<float>{1, -1, 0.5f, 2, 1, -3}); // 3 x 2
    Buffer x(std::vector<float>{1, 1, -1, 2});           // 2 x 2
    Buffer bias(std::vector<float>{0.5f, -1, 1});
    Buffer y(6);
    Buffer mask(8);
    forward.set(8, bias.address);
    forward.set(11, mask.address);
    forward.set(12, int64_t(128));
    CHECK(forward.find() == 0);
    CHECK(forward.found == 2);
    CHECK(forward.run(w.address, x.address, y.address) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    // W x + b: (3.5, -1, -1.5), (3.5, 2, -5.5)
    CHECK((y.read() == std::vector<float>{3.5f, 0, 0, 3.5f, 2, 0}));
    CHECK((mask.read<uint32_t>()[0] & 7) == 1);
    CHECK((mask.read<uint32_t>()[4] & 7) == 3);

    Product backward(3, 2, 1, true, false, drelu_bgrad);
    Buffer v(std::vector<float>{1, 2, 3});
    Buffer dy(std::vector<float>{10, 100});
    Buffer dx(6);
    Buffer gradient(3);
    backward.set(8, gradient.address);
    backward.set(11, mask.address);
    backward.set(12, int64_t(128));
    CHECK(backward.find() == 0);
    CHECK(backward.run(v.address, dy.address, dx.address) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((dx.read() == std::vector<float>{10, 0, 0, 100, 200, 0}));
    CHECK((gradient.read() == std::vector<float>{110, 200, 0}));
    CHECK(lamina_sim_counter("gemms") == 2);
    CHECK(lamina_sim_counter("lt_products") == 2);
    CHECK_NO_PROBLEM();
}

TEST(lt_gradients_of_the_bias_beside_the_product) {
    Buffer dy(std::vector<float>{1, 2, 3, 4, 5, 6}); // 2 x 3
    Buffer x(std::vector<float>{1, 0, 0, 1, 1, 1});  // 2 x 3, used transposed
    for (int epilogue : {bgrad_a, bgrad_b}) {
        Product product(2, 2, 3, false, true, epilogue);
        Buffer dw(4);
        Buffer db(2);
        product.set(8, db.address);
        CHECK(product.find() == 0);
        CHECK(product.run(dy.address, x.address, dw.address) == 0);
        CHECK_OK(cuStreamSynchronize(stream));
        CHECK((dw.read() == std::vector<float>{6, 8, 8, 10}));
        CHECK((db.read() == (epilogue == bgrad_a ? std::vector<float>{9, 12} : std::vector<float>{2, 2})));
    }
    CHECK_NO_PROBLEM();
}

TEST(lt_runs_in_graphs_and_uses_its_workspace) {
    Product product(2, 2, 2, false, false, relu_bias);
    Buffer x(ramp(4));
    Buffer y(4);
    Buffer bias(ramp(2, -3, 2));
    Buffer workspace(16 << 10);
    product.set(8, bias.address);
    CHECK(product.find(64 << 10) == 0);
    CHECK(product.found == 3);
    CHECK(product.workspace(0) == 64 << 10);
    CHECK(product.workspace(1) == 0);
    CHECK(product.run(x.address, x.address, y.address, workspace.address, 1024) == invalid_value);
    CHECK_PROBLEM("needs a workspace of 65536 bytes and gets 1024");
    CHECK(product.run(x.address, x.address, y.address, workspace.address + 16, 64 << 10) == invalid_value);
    CHECK_PROBLEM("not aligned to 256 bytes");
    CUgraph graph;
    CUgraphExec executable;
    CHECK_OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CHECK(product.run(x.address, x.address, y.address, workspace.address, 64 << 10) == 0);
    CHECK_OK(cuStreamEndCapture(stream, &graph));
    CHECK_OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
    CHECK_OK(cuGraphLaunch(executable, stream));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((y.read() == std::vector<float>{0, 2, 3, 10}));
    CHECK(std::isnan(workspace.read()[0]));
    CHECK(lamina_sim_counter("lt_products") == 1);
    CHECK_NO_PROBLEM();
}

TEST(lt_refusals) {
    Product product(4, 4, 4, false, false, relu_bias);
    Buffer x(ramp(17));
    Buffer y(16);
    Buffer bias(4);
    CHECK(product.set(8, int(1)) == invalid_value);
    CHECK_PROBLEM("attribute 8 of a description of a product is 4 bytes");
    CHECK(product.set(99, int(1)) == invalid_value);
    CHECK_PROBLEM("attribute 99 of a description of a product is not known");
    CHECK(product.set(7, 7) == 0);
    CHECK(product.find() == invalid_value);
    CHECK_PROBLEM("there is no epilogue 7");
    product.set(7, int(relu_aux_bias));
    product.set(12, int64_t(64));
    CHECK(product.find() == invalid_value);
    CHECK_PROBLEM("the leading dimension of aux is 64; a multiple of 128");
    product.set(7, int(gelu_aux));
    product.set(12, int64_t(12));
    CHECK(product.find() == invalid_value);
    CHECK_PROBLEM("the leading dimension of aux is 12; a multiple of 8");
    product.set(7, int(relu_bias));
    CHECK(product.find() == 0);
    CHECK(product.run(x.address, x.address, y.address) == invalid_value);
    CHECK_PROBLEM("bias is null");
    product.set(8, bias.address);
    CHECK(product.run(x.address + 4, x.address, y.address) == not_supported);
    CHECK_PROBLEM("A at");
    product.set(8, bias.address + 4);
    CHECK(product.run(x.address, x.address, y.address) == not_supported);
    CHECK_PROBLEM("the bias at");
    CHECK(product.find() == 0);
    product.set(8, bias.address);
    CHECK(product.run(x.address, x.address, y.address) == 0);
    CHECK(product.run(x.address, x.address, x.address) == 0);
    CHECK_PROBLEM("overlaps");
    CHECK_OK(cuStreamSynchronize(stream));
    product.set(3, 1);
    CHECK(product.run(x.address, x.address, y.address) == invalid_value);
    CHECK_PROBLEM("found for another product");
    product.results[0]++;
    CHECK(product.run(x.address, x.address, y.address) == invalid_value);
    CHECK_PROBLEM("not found by the heuristic");
    int odd = 12;
    CHECK(cublasLtMatmulPreferenceSetAttribute(product.preference, 5, &odd, 4) == 0);
    CHECK(product.find() == invalid_value);
    CHECK_PROBLEM("12 is no alignment");
    Product wide(4, 4, 4, false, false, relu_bias, 1);
    CHECK(wide.find() == not_supported);
    CHECK(wide.found == 0);
    wide.set(7, 1);
    CHECK(wide.find() == 0);
    CHECK_NO_PROBLEM();
    CHECK(cublasLtMatmulDescDestroy(wide.description) == 0);
    CHECK(wide.find() == invalid_value);
    CHECK_PROBLEM("is no description of a product, or a destroyed one");
    cublasLtMatmulDescCreate(&wide.description, 68, 0);
}

TEST(lt_adds_up_parts_in_the_results_type_unless_that_is_excluded) {
    auto pairs = [](uint32_t first, uint32_t second) {
        std::vector<float> packed(2);
        std::memcpy(packed.data(), &first, 4);
        std::memcpy(packed.data() + 1, &second, 4);
        return packed;
    };
    Buffer x(pairs(0x3f804380, 0x3f803f80)); // bfloat16: 256, 1, 1, 1
    Buffer w(pairs(0x3f803f80, 0x3f803f80)); // ones
    Buffer y(1);
    Buffer workspace(16 << 10);
    Product product(1, 1, 4, false, false, 1, 14);
    CHECK(product.find(64 << 10) == 0);
    CHECK(product.run(x.address, w.address, y.address, workspace.address, 64 << 10) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((y.read<uint32_t>()[0] & 0xffff) == 0x4381); // 257 rounded to 256, and 2
    uint32_t compute_type = 2;
    CHECK(cublasLtMatmulPreferenceSetAttribute(product.preference, 3, &compute_type, 4) == 0);
    CHECK(product.find(64 << 10) == 0);
    CHECK(product.run(x.address, w.address, y.address, workspace.address, 64 << 10) == 0);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK((y.read<uint32_t>()[0] & 0xffff) == 0x4382); // 259 rounded to 260
    CHECK_NO_PROBLEM();
}
