// The arithmetic: C = alpha * op(A) * op(B) + beta * C on column-major matrices in memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lamina::sim {

struct Matrix {
    void* data = nullptr;
    int type = 0; // CUDA_R_...
    int64_t leading_dimension = 0;
    int64_t batch_stride = 0; // elements
    bool transposed = false;
};

struct MatrixProduct {
    int m = 0;
    int n = 0;
    int k = 0;
    Matrix a;
    Matrix b;
    Matrix c;
    int batch = 1;
    bool tf32 = false; // elements of A and B are rounded to TF32
    bool from_the_end = false; // a grudging library's sums begin with the last term
};

size_t element_size(int type);

/** Accumulates in double, a grudging library in float32, in order of k: the same bits each time. C is not read when beta is 0. */
void multiply(const MatrixProduct& product, double alpha, double beta);

} // namespace lamina::sim
