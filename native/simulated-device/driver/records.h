// What the simulated device remembers for the tests: problems, counters, and errors to be injected.
#pragma once

#include <string>

#include "cuda_abi.h"

namespace lamina::sim {

/** Records a misuse; printed as well when LAMINA_SIM_TRACE is set. */
void problem(const char* format, ...) __attribute__((format(printf, 1, 2)));

void count(const std::string& counter, long by = 1);
long counter(const std::string& name);
void clear_counters();

/** The error to answer now instead of doing what was asked, or CUDA_SUCCESS. `function` without a _v2 at its end. */
int injected_error(const std::string& function);
void inject_error(const std::string& function, int after, int code);
void clear_injected_errors();

void trace(const char* format, ...) __attribute__((format(printf, 1, 2)));

int problem_count();
const char* problem_text(int index);
void clear_problems();

} // namespace lamina::sim
