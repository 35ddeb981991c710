// Which types and operations cuBLAS takes.
#pragma once

namespace lamina::sim {

/** The type of alpha and beta. */
int scale_type(int compute_type);

/** The combinations of the table in cuBLAS's documentation of cublasGemmEx, real floating-point types only. */
bool types_supported(int compute_type, int a, int b, int c);

double read_scalar(const void* address, int type);

bool valid_transpose(int operation);

} // namespace lamina::sim
