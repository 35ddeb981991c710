// The CUDA C++ dialect for g++: a .cu file that includes this header when __CUDACC__ is not defined compiles into a
// CPU function of the same name, which the simulated device runs thread by thread. Nothing here is seen by nvcc.
//
// What a kernel may use is what these headers hold; anything else fails to compile, on purpose.
#pragma once

#ifdef __CUDACC__
#error "simulated_cuda.h is for the host build; nvcc has the real thing"
#endif

#include "simulated_cuda/types.h"
#include "simulated_cuda/kernel_table.h"
#include "simulated_cuda/threads.h"
#include "simulated_cuda/atomics.h"
#include "simulated_cuda/bits.h"
#include "simulated_cuda/math.h"
#include "simulated_cuda/half.h"
