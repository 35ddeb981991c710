/* What all loops share. */
#pragma once

/* On x86-64 a loop exists for AVX-512, for AVX2 and for any processor; the dynamic linker picks one. */
#if defined(__x86_64__)
#define LOOP __attribute__((visibility("default"), target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LOOP __attribute__((visibility("default")))
#endif

/* Results may lie over operands, element by element. */
#define EACH _Pragma("GCC ivdep")
