// Whether the memory of a product's matrices is there.
#pragma once

#include "matrix_product.h"

namespace lamina::sim {

/** The addresses that all matrices of a batch span, with their rows and columns as stored. */
struct Extent {
    uint64_t begin = 0;
    uint64_t bytes = 0;

    Extent(const Matrix& x, int64_t rows, int64_t columns, int batch);

    bool overlaps(const Extent& other) const { return begin < other.begin + other.bytes && other.begin < begin + bytes; }
};

/** Null, misaligned or outside of one live allocation: a problem, and the library's status. */
int check_memory(const char* function, const char* name, const Matrix& x, const Extent& extent);

/** The workspace is used whenever the product runs, so it has to be there as long as it is named. */
int check_workspace(const char* function, const void* workspace, size_t bytes);

} // namespace lamina::sim
