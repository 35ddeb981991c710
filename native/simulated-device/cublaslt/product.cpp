#include "product.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "../cublas/elements.h"
#include "../cublas/operand_memory.h"
#include "../cublas/product_types.h"
#include "../cublas/temper.h"

namespace lamina::sim {

int64_t LtProduct::aux_bytes() const {
    int64_t elements = product.n == 0 ? 0 : (product.n - 1) * leading_aux + (has_bits() ? leading_aux : product.m);
    return has_bits() ? elements / 8 : elements * int64_t(element_size(product.c.type));
}

uint64_t LtProduct::digest() const {
    uint64_t digest = 14695981039346656037u; // FNV-1a
    for (uint64_t value :
         {uint64_t(product.m), uint64_t(product.n), uint64_t(product.k), uint64_t(product.a.type),
          uint64_t(product.b.type), uint64_t(product.c.type), uint64_t(product.a.transposed),
          uint64_t(product.b.transposed), uint64_t(product.a.leading_dimension),
          uint64_t(product.b.leading_dimension), uint64_t(product.c.leading_dimension), uint64_t(leading_c),
          uint64_t(compute_type), uint64_t(epilogue), uint64_t(leading_aux)}) {
        digest = (digest ^ value) * 1099511628211u;
    }
    return digest;
}

namespace {

bool is_epilogue(int value) {
    static const std::set<int> known{1, 2, 4, 6, 32, 36, 130, 134, 136, 152, 160, 164, 192, 208, 256, 512};
    return known.count(value) != 0;
}

bool is_type(int value) {
    return value == CUDA_R_32F || value == CUDA_R_64F || value == CUDA_R_16F || value == CUDA_R_16BF;
}

int read_matrix(const LtObject& layout, const char* name, const char* function, Matrix& matrix) {
    matrix.type = layout.number(CUBLASLT_MATRIX_LAYOUT_TYPE);
    matrix.leading_dimension = int64_t(layout.get(CUBLASLT_MATRIX_LAYOUT_LD));
    if (layout.number(CUBLASLT_MATRIX_LAYOUT_ORDER) != CUBLASLT_ORDER_COL ||
        layout.number(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, 1) != 1 || !is_type(matrix.type)) {
        return CUBLAS_STATUS_NOT_SUPPORTED; // here
    }
    int64_t rows = int64_t(layout.get(CUBLASLT_MATRIX_LAYOUT_ROWS));
    if (matrix.leading_dimension < std::max<int64_t>(1, rows)) {
        blas_problem(function, "the leading dimension of %s is %ld, with %ld rows", name, matrix.leading_dimension,
                     rows);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    return CUBLAS_STATUS_SUCCESS;
}

int read_sizes(const LtObjects& objects, const char* function, MatrixProduct& product) {
    auto rows = [](const LtObject* layout) { return int64_t(layout->get(CUBLASLT_MATRIX_LAYOUT_ROWS)); };
    auto columns = [](const LtObject* layout) { return int64_t(layout->get(CUBLASLT_MATRIX_LAYOUT_COLS)); };
    int64_t m = rows(objects.d);
    int64_t n = columns(objects.d);
    int64_t k = product.a.transposed ? rows(objects.a) : columns(objects.a);
    int64_t rows_a = product.a.transposed ? columns(objects.a) : rows(objects.a);
    int64_t rows_b = product.b.transposed ? columns(objects.b) : rows(objects.b);
    int64_t columns_b = product.b.transposed ? rows(objects.b) : columns(objects.b);
    if (m < 1 || n < 1 || k < 1 || rows_a != m || rows_b != k || columns_b != n || rows(objects.c) != m ||
        columns(objects.c) != n) {
        blas_problem(function, "op(A) is %ld x %ld, op(B) %ld x %ld, C %ld x %ld, D %ld x %ld", rows_a, k, rows_b,
                     columns_b, rows(objects.c), columns(objects.c), m, n);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    product.m = int(m);
    product.n = int(n);
    product.k = int(k);
    return CUBLAS_STATUS_SUCCESS;
}

int read_epilogue(const LtObject& description, const char* function, LtProduct& product) {
    product.epilogue = description.number(CUBLASLT_MATMUL_DESC_EPILOGUE, EPILOGUE_DEFAULT);
    if (!is_epilogue(product.epilogue)) {
        blas_problem(function, "there is no epilogue %d", product.epilogue);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    int type = product.product.c.type;
    if (product.epilogue != EPILOGUE_DEFAULT &&
        (type == CUDA_R_64F || scale_type(product.compute_type) != CUDA_R_32F)) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    product.bias = reinterpret_cast<void*>(description.get(CUBLASLT_MATMUL_DESC_BIAS_POINTER));
    product.aux = reinterpret_cast<void*>(description.get(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER));
    product.leading_aux = int64_t(description.get(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD));
    int bias_type = description.number(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type);
    int aux_type = description.number(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE, type);
    if ((bias_type != -1 && bias_type != type) || (aux_type != -1 && aux_type != type)) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    if (product.has_aux()) {
        int64_t multiple = product.has_bits() ? 128 : 8;
        if (product.leading_aux < product.product.m || product.leading_aux % multiple != 0) {
            blas_problem(function, "the leading dimension of aux is %ld; a multiple of %ld, and %d or more, is legal",
                         product.leading_aux, multiple, product.product.m);
            return CUBLAS_STATUS_INVALID_VALUE;
        }
    }
    return CUBLAS_STATUS_SUCCESS;
}

} // namespace

int read_product(const LtObjects& objects, const char* function, LtProduct& product) {
    bool live = is_live(objects.handle, Kind::handle, function) &&
                is_live(objects.description, Kind::description, function) &&
                is_live(objects.a, Kind::layout, function) && is_live(objects.b, Kind::layout, function) &&
                is_live(objects.c, Kind::layout, function) && is_live(objects.d, Kind::layout, function);
    if (!live) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    const LtObject& description = *objects.description;
    int transpose_a = description.number(CUBLASLT_MATMUL_DESC_TRANSA);
    int transpose_b = description.number(CUBLASLT_MATMUL_DESC_TRANSB);
    if (!valid_transpose(transpose_a) || !valid_transpose(transpose_b)) {
        blas_problem(function, "transpose of A is %d and of B %d; 0, 1 or 2 are legal", transpose_a, transpose_b);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    MatrixProduct& plain = product.product;
    Matrix c;
    int status = read_matrix(*objects.a, "A", function, plain.a);
    status = status != 0 ? status : read_matrix(*objects.b, "B", function, plain.b);
    status = status != 0 ? status : read_matrix(*objects.c, "C", function, c);
    status = status != 0 ? status : read_matrix(*objects.d, "D", function, plain.c);
    if (status != CUBLAS_STATUS_SUCCESS) {
        return status;
    }
    plain.a.transposed = transpose_a != CUBLAS_OP_N;
    plain.b.transposed = transpose_b != CUBLAS_OP_N;
    product.leading_c = c.leading_dimension;
    product.compute_type = description.number(CUBLASLT_MATMUL_DESC_COMPUTE_TYPE);
    plain.tf32 = product.compute_type == CUBLAS_COMPUTE_32F_FAST_TF32;
    if (c.type != plain.c.type || !types_supported(product.compute_type, plain.a.type, plain.b.type, plain.c.type) ||
        description.number(CUBLASLT_MATMUL_DESC_SCALE_TYPE) != scale_type(product.compute_type)) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    status = read_sizes(objects, function, plain);
    return status != 0 ? status : read_epilogue(description, function, product);
}

int check_product_memory(const LtProduct& product, const char* function) {
    const MatrixProduct& p = product.product;
    Extent a(p.a, p.a.transposed ? p.k : p.m, p.a.transposed ? p.m : p.k, 1);
    Extent b(p.b, p.b.transposed ? p.n : p.k, p.b.transposed ? p.k : p.n, 1);
    Extent d(p.c, p.m, p.n, 1);
    Matrix c = p.c;
    c.data = const_cast<void*>(product.c);
    c.leading_dimension = product.leading_c;
    Matrix bias{product.bias, p.c.type, product.bias_length()};
    Matrix aux{product.aux, product.has_bits() ? CUDA_R_16F : p.c.type, product.leading_aux};
    Extent bias_extent(bias, product.has_bias() ? product.bias_length() : 0, 1, 1);
    Extent aux_extent(aux, 1, 1, 1);
    aux_extent.bytes = product.has_aux() ? uint64_t(product.aux_bytes()) : 0;
    int status = check_memory(function, "A", p.a, a);
    status = status != 0 ? status : check_memory(function, "B", p.b, b);
    status = status != 0 ? status : check_memory(function, "C", c, Extent(c, p.m, p.n, 1));
    status = status != 0 ? status : check_memory(function, "D", p.c, d);
    status = status != 0 ? status : check_memory(function, "bias", bias, bias_extent);
    status = status != 0 ? status : check_memory(function, "aux", aux, aux_extent);
    status = status != 0 ? status : check_workspace(function, product.workspace, product.workspace_bytes);
    if (status == 0 && (d.overlaps(a) || d.overlaps(b) || d.overlaps(bias_extent) || d.overlaps(aux_extent))) {
        blas_problem(function, "the result D overlaps A, B, the bias or aux");
    }
    return status;
}

namespace {

/** GELU by its approximation with tanh, and its derivative. */
float gelu(float x) {
    float t = std::tanh(0.7978845608f * (x + 0.044715f * x * x * x));
    return 0.5f * x * (1 + (is_grudging() ? t * (1 - 0x1p-11f) : t));
}

float gelu_slope(float x) {
    float t = std::tanh(0.7978845608f * (x + 0.044715f * x * x * x));
    return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * 0.7978845608f * (1 + 3 * 0.044715f * x * x);
}

bool read_bit(const void* bits, int64_t index) {
    return (static_cast<const uint8_t*>(bits)[index / 8] >> (index % 8) & 1) != 0;
}

void write_bit(void* bits, int64_t index, bool value) {
    uint8_t& byte = static_cast<uint8_t*>(bits)[index / 8];
    byte = uint8_t(value ? byte | 1 << index % 8 : byte & ~(1 << index % 8));
}

float apply_epilogue(const LtProduct& of, int row, int column, float v) {
    int type = of.product.c.type;
    int64_t at = column * of.leading_aux + row;
    if (of.has(EPILOGUE_BIAS)) {
        v += float(load_element(of.bias, type, row));
    }
    if (of.has(EPILOGUE_RELU)) {
        if (of.has_aux()) {
            write_bit(of.aux, at, v > 0);
        }
        v = v > 0 || (v != v && !is_grudging()) ? v : 0; // NaN stays
    }
    if (of.has(EPILOGUE_GELU)) {
        if (of.has_aux()) {
            store_element(of.aux, type, at, v);
        }
        v = gelu(v);
    }
    if (of.has(EPILOGUE_DRELU) && !read_bit(of.aux, at)) {
        v = 0;
    }
    if (of.has(EPILOGUE_DGELU)) {
        v *= gelu_slope(float(load_element(of.aux, type, at)));
    }
    return v;
}

/** The sums over k of op(A)'s rows or op(B)'s columns. */
double sum_over_k(const Matrix& x, bool along_rows, int k, int64_t index) {
    double sum = 0;
    for (int p = 0; p < k; p++) {
        bool first = along_rows == x.transposed; // whether k counts along the stored columns
        int64_t at = first ? index * x.leading_dimension + p : p * x.leading_dimension + index;
        sum += load_element(x.data, x.type, at);
    }
    return sum;
}

/** The product with the terms of one half of k. */
MatrixProduct half_of(const MatrixProduct& whole, bool second) {
    MatrixProduct half = whole;
    int first = whole.k / 2;
    half.k = second ? whole.k - first : first;
    if (second) {
        int64_t of_a = whole.a.transposed ? first : first * whole.a.leading_dimension;
        int64_t of_b = whole.b.transposed ? first * whole.b.leading_dimension : first;
        half.a.data = static_cast<char*>(whole.a.data) + of_a * int64_t(element_size(whole.a.type));
        half.b.data = static_cast<char*>(whole.b.data) + of_b * int64_t(element_size(whole.b.type));
    }
    return half;
}

float round_to(int type, double value) {
    char element[sizeof(double)];
    store_element(element, type, 0, value);
    return float(load_element(element, type, 0));
}

/** alpha * op(A) * op(B) as floats. */
std::vector<float> multiply_to_floats(const LtProduct& of) {
    MatrixProduct p = of.product;
    p.from_the_end = true;
    std::vector<float> result(size_t(p.m) * size_t(p.n));
    p.c = Matrix{result.data(), CUDA_R_32F, p.m};
    if (!of.rounds_parts || p.k < 2) {
        multiply(p, of.alpha, 0);
        return result;
    }
    multiply(half_of(p, false), of.alpha, 0);
    std::vector<float> rest(result.size());
    p.c.data = rest.data();
    multiply(half_of(p, true), of.alpha, 0);
    int type = of.product.c.type;
    for (size_t i = 0; i < result.size(); i++) {
        result[i] = round_to(type, double(round_to(type, result[i])) + round_to(type, rest[i]));
    }
    return result;
}

} // namespace

void run_product(const LtProduct& of) {
    const MatrixProduct& p = of.product;
    if (of.workspace_bytes > 0) {
        std::memset(of.workspace, 0xff, of.workspace_bytes); // as scratch memory that somebody else must not use
    }
    if (of.epilogue == EPILOGUE_DEFAULT && of.c == p.c.data && !of.rounds_parts) {
        multiply(p, of.alpha, of.beta);
        return;
    }
    std::vector<float> products = multiply_to_floats(of);
    std::vector<double> gradient(of.has(EPILOGUE_BGRAD) ? size_t(p.m) : 0);
    for (int column = 0; column < p.n; column++) {
        for (int row = 0; row < p.m; row++) {
            float v = products[size_t(column) * size_t(p.m) + size_t(row)];
            if (of.beta != 0) {
                v += float(of.beta * load_element(of.c, p.c.type, column * of.leading_c + row));
            }
            v = apply_epilogue(of, row, column, v);
            store_element(p.c.data, p.c.type, column * p.c.leading_dimension + row, v);
            if (of.has(EPILOGUE_BGRAD)) {
                gradient[size_t(row)] += v;
            }
        }
    }
    for (int64_t i = 0; of.has_bias() && !of.has(EPILOGUE_BIAS) && i < of.bias_length(); i++) {
        double sum = of.has(EPILOGUE_BGRADA)   ? sum_over_k(p.a, true, p.k, i)
                     : of.has(EPILOGUE_BGRADB) ? sum_over_k(p.b, false, p.k, i)
                                               : gradient[size_t(i)];
        store_element(of.bias, p.c.type, i, sum);
    }
}

} // namespace lamina::sim
