// From a checked call to work in the stream.
#pragma once

#include "handle.h"
#include "matrix_product.h"

namespace lamina::sim {

/** What the caller of a product passed, before any check. */
struct ProductCall {
    BlasHandle* handle;
    const char* function;
    int transpose_a;
    int transpose_b;
    MatrixProduct product;
    int compute_type;
    const void* alpha;
    const void* beta;
};

/** Checks everything that the real library checks, and the memory besides; then queues the product. */
int submit_product(const ProductCall& call);

} // namespace lamina::sim
