#include "operand_memory.h"

#include <algorithm>
#include <string>

#include "../driver/library_interface.h"
#include "cublas_abi.h"
#include "problem.h"

namespace lamina::sim {

Extent::Extent(const Matrix& x, int64_t rows, int64_t columns, int batch) {
    if (rows == 0 || columns == 0) {
        return;
    }
    int64_t size = int64_t(element_size(x.type));
    int64_t last = (columns - 1) * x.leading_dimension + rows;
    int64_t first_batch = std::min<int64_t>(0, (batch - 1) * x.batch_stride);
    int64_t last_batch = std::max<int64_t>(0, (batch - 1) * x.batch_stride);
    begin = uint64_t(x.data) + uint64_t(first_batch * size);
    bytes = uint64_t((last_batch - first_batch + last) * size);
}

int check_memory(const char* function, const char* name, const Matrix& x, const Extent& extent) {
    if (extent.bytes == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    if (x.data == nullptr) {
        blas_problem(function, "%s is null", name);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (uint64_t(x.data) % element_size(x.type) != 0) {
        blas_problem(function, "%s at %p is not aligned to its elements of %zu bytes", name, x.data,
                     element_size(x.type));
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    std::string what = std::string(function) + ", matrix " + name;
    bool inside = lamina_sim_library_check_range(extent.begin, extent.bytes, what.c_str()) != 0;
    return inside ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

int check_workspace(const char* function, const void* workspace, size_t bytes) {
    if (bytes == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    std::string what = std::string(function) + ", workspace";
    bool inside = lamina_sim_library_check_range(uint64_t(workspace), bytes, what.c_str()) != 0;
    return inside ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

} // namespace lamina::sim
