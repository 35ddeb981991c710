/**
 * The backend for NVIDIA GPUs: the driver through JCuda, matrix products through cuBLAS, kernels of Lamina's own from
 * PTX. No other package knows a word of CUDA.
 */
@NullMarked
package dev.lamina.backend.cuda;

import org.jspecify.annotations.NullMarked;
