#include "matrix_product.h"

#include <cstring>
#include <vector>

#include "elements.h"
#include "temper.h"

namespace lamina::sim {

size_t element_size(int type) {
    return type == CUDA_R_64F ? 8 : type == CUDA_R_32F ? 4 : 2;
}

/** op(X) as a dense column-major matrix of doubles with `rows` rows. */
static std::vector<double> unpack(const Matrix& x, const void* data, int rows, int columns, bool tf32) {
    std::vector<double> result(size_t(rows) * size_t(columns));
    for (int column = 0; column < columns; column++) {
        for (int row = 0; row < rows; row++) {
            int64_t index = x.transposed ? row * x.leading_dimension + column : column * x.leading_dimension + row;
            double value = load_element(data, x.type, index);
            result[size_t(column) * size_t(rows) + size_t(row)] = tf32 ? round_to_tf32(value) : value;
        }
    }
    return result;
}

// Four columns of C at once: each element of A is loaded once for four sums. The inner loop runs over rows, so the
// compiler vectorises it without changing the order in which any one element is summed.
static void sum_columns(const double* a, const double* b, int m, int k, int columns, double* sums) {
    std::memset(sums, 0, sizeof(double) * size_t(m) * 4);
    for (int p = 0; p < k; p++) {
        double factor[4] = {};
        for (int j = 0; j < columns; j++) {
            factor[j] = b[size_t(j) * size_t(k) + size_t(p)];
        }
        const double* column = a + size_t(p) * size_t(m);
        double* __restrict__ s0 = sums;
        double* __restrict__ s1 = sums + m;
        double* __restrict__ s2 = sums + 2 * size_t(m);
        double* __restrict__ s3 = sums + 3 * size_t(m);
        for (int i = 0; i < m; i++) {
            double value = column[i];
            s0[i] += value * factor[0];
            s1[i] += value * factor[1];
            s2[i] += value * factor[2];
            s3[i] += value * factor[3];
        }
    }
}

/** The same one by one: rounded to float32 after each term, unless the result is float64. */
static void sum_columns_grudgingly(const double* a, const double* b, const MatrixProduct& product, int columns,
                                   double* sums) {
    int m = product.m;
    int k = product.k;
    bool rounds = product.c.type != CUDA_R_64F;
    for (int j = 0; j < columns; j++) {
        for (int i = 0; i < m; i++) {
            double sum = 0;
            for (int term = 0; term < k; term++) {
                int p = product.from_the_end ? k - 1 - term : term;
                sum += a[size_t(p) * size_t(m) + size_t(i)] * b[size_t(j) * size_t(k) + size_t(p)];
                sum = rounds ? double(float(sum)) : sum;
            }
            sums[size_t(j) * size_t(m) + size_t(i)] = sum;
        }
    }
}

static void multiply_one(const MatrixProduct& product, const void* a_data, const void* b_data, void* c_data,
                         double alpha, double beta) {
    int m = product.m;
    int n = product.n;
    int k = product.k;
    bool tf32 = product.tf32 && !is_grudging();
    std::vector<double> a = unpack(product.a, a_data, m, k, tf32);
    std::vector<double> b = unpack(product.b, b_data, k, n, tf32);
    std::vector<double> sums(size_t(m) * 4);
    for (int first = 0; first < n; first += 4) {
        int columns = n - first < 4 ? n - first : 4;
        const double* b_columns = b.data() + size_t(first) * size_t(k);
        if (is_grudging()) {
            sum_columns_grudgingly(a.data(), b_columns, product, columns, sums.data());
        } else {
            sum_columns(a.data(), b_columns, m, k, columns, sums.data());
        }
        for (int j = 0; j < columns; j++) {
            for (int i = 0; i < m; i++) {
                int64_t index = (first + j) * product.c.leading_dimension + i;
                double value = alpha * sums[size_t(j) * size_t(m) + size_t(i)];
                if (beta != 0) {
                    value += beta * load_element(c_data, product.c.type, index);
                }
                store_element(c_data, product.c.type, index, value);
            }
        }
    }
}

static void* batch_entry(const Matrix& x, int index) {
    return static_cast<char*>(x.data) + index * x.batch_stride * int64_t(element_size(x.type));
}

void multiply(const MatrixProduct& product, double alpha, double beta) {
    for (int i = 0; i < product.batch; i++) {
        multiply_one(product, batch_entry(product.a, i), batch_entry(product.b, i), batch_entry(product.c, i), alpha,
                     beta);
    }
}

} // namespace lamina::sim
