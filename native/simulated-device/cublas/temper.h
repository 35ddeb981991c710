// How the stand-ins of NVIDIA's libraries behave where NVIDIA promises nothing.
#pragma once

#include <cstdlib>
#include <cstring>

namespace lamina::sim {

/**
 * LAMINA_SIM_LIBRARIES=grudging: as little is served and as roughly computed as may happen on a GPU. Sums are taken in
 * float32, by cublasLt from the last term on; products that TF32 is allowed for do without it; cublasLt has one
 * algorithm, none for sizes of 1 and for 16-bit rows that are not multiples of 16 bytes, a relu that makes NaN 0, and a
 * gelu with a tanh of 11 bits.
 */
inline bool is_grudging() {
    static const bool grudging = [] {
        const char* value = std::getenv("LAMINA_SIM_LIBRARIES");
        return value != nullptr && std::strcmp(value, "grudging") == 0;
    }();
    return grudging;
}

} // namespace lamina::sim
