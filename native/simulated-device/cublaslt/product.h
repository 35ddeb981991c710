// A product with its epilogue: read from the user's objects, checked, run.
#pragma once

#include "../cublas/matrix_product.h"
#include "objects.h"

namespace lamina::sim {

/** D = epilogue(alpha * op(A) * op(B) + beta * C), column-major. */
struct LtProduct {
    MatrixProduct product; // its C is D
    const void* c = nullptr;
    int64_t leading_c = 0;
    int compute_type = 0;
    int epilogue = EPILOGUE_DEFAULT;
    void* bias = nullptr; // or its gradient
    void* aux = nullptr;
    int64_t leading_aux = 0;
    double alpha = 1;
    double beta = 0;
    void* workspace = nullptr;
    size_t workspace_bytes = 0;
    bool rounds_parts = false; // adds up two halves of k in D's type

    bool has(int flag) const { return (epilogue & flag) != 0; }
    bool has_bias() const { return has(EPILOGUE_BIAS | EPILOGUE_BGRAD | EPILOGUE_BGRADA | EPILOGUE_BGRADB); }
    bool has_aux() const { return has(EPILOGUE_AUX); }
    /** ReLU's aux is bits, GELU's elements. */
    bool has_bits() const { return has_aux() && has(EPILOGUE_RELU | EPILOGUE_DRELU); }
    int64_t bias_length() const { return has(EPILOGUE_BGRADB) ? product.n : product.m; }
    int64_t aux_bytes() const;

    /** What an algorithm is found for: everything but the addresses. */
    uint64_t digest() const;
};

/** The user's objects. */
struct LtObjects {
    const LtObject* handle;
    const LtObject* description;
    const LtObject* a;
    const LtObject* b;
    const LtObject* c;
    const LtObject* d;
};

/**
 * Reads the objects. What is wrong is a problem and the library's status; what is right but not served is
 * CUBLAS_STATUS_NOT_SUPPORTED.
 */
int read_product(const LtObjects& objects, const char* function, LtProduct& product);

/** Whether all memory of the product is there; a problem if not. */
int check_product_memory(const LtProduct& product, const char* function);

/** Computes it. Sums are taken in double; the epilogue in float, after a rounding to float. */
void run_product(const LtProduct& product);

} // namespace lamina::sim
