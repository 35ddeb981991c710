// What the stand-ins for cuBLAS's libraries record.
#pragma once

namespace lamina::sim {

/** Records a problem: `function`, and why the call is refused. */
void blas_problem(const char* function, const char* format, ...) __attribute__((format(printf, 2, 3)));

} // namespace lamina::sim
