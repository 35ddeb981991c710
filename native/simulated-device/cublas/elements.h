// Single elements of the types that products are made of.
#pragma once

#include <cstdint>
#include <cstring>

#include "cublas_abi.h"
#include "simulated_cuda/half.h"

namespace lamina::sim {

inline double load_element(const void* data, int type, int64_t index) {
    switch (type) {
    case CUDA_R_64F:
        return static_cast<const double*>(data)[index];
    case CUDA_R_32F:
        return static_cast<const float*>(data)[index];
    case CUDA_R_16F:
        return half_to_float(static_cast<const uint16_t*>(data)[index]);
    default:
        return bfloat16_to_float(static_cast<const uint16_t*>(data)[index]);
    }
}

/** A float with the 10 bits of mantissa that tensor cores take, to the nearest. */
inline double round_to_tf32(double value) {
    float narrow = float(value);
    uint32_t bits;
    std::memcpy(&bits, &narrow, sizeof bits);
    if ((bits & 0x7f800000u) != 0x7f800000u) {
        bits += 0xfffu + ((bits >> 13) & 1u);
        bits &= 0xffffe000u;
    }
    std::memcpy(&narrow, &bits, sizeof bits);
    return narrow;
}

inline void store_element(void* data, int type, int64_t index, double value) {
    switch (type) {
    case CUDA_R_64F:
        static_cast<double*>(data)[index] = value;
        break;
    case CUDA_R_32F:
        static_cast<float*>(data)[index] = float(value);
        break;
    case CUDA_R_16F:
        static_cast<uint16_t*>(data)[index] = float_to_half(float(value));
        break;
    default:
        static_cast<uint16_t*>(data)[index] = float_to_bfloat16(float(value));
    }
}

} // namespace lamina::sim
