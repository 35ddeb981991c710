// What the cuBLAS stand-in, a library of its own, needs of the driver's.
#pragma once

#include <cstdint>

#include "cuda_abi.h"

/** Answers a CUresult. */
using LibraryTask = int (*)(void* argument);

extern "C" {

/**
 * Queues `run(argument)` on the stream, or adds it to the graph that is being captured. `drop(argument)` is called
 * once, when nothing can run it any more.
 */
int lamina_sim_library_submit(CUstream stream, const char* label, LibraryTask run, void (*drop)(void*),
                              void* argument);

/** Whether the bytes lie in one live allocation; records a problem that begins with `what` if not. */
int lamina_sim_library_check_range(uint64_t address, uint64_t bytes, const char* what);

void lamina_sim_library_problem(const char* text);
void lamina_sim_library_count(const char* name);

/** The status to answer instead of doing anything, or 0. */
int lamina_sim_library_injected_error(const char* function);

int lamina_sim_library_context_is_current();
}
