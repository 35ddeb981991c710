// Shared memory of the running block: poisoned before every block; an inaccessible page follows the dynamic part.
#pragma once

#include "engine.h"

namespace lamina::sim {

/** Makes room for `bytes` of dynamic shared memory that end, rounded up to 16 bytes, at a guard page. */
void reserve_dynamic_shared(unsigned bytes);

/** Fills the kernel's static and dynamic shared memory with 0xff bytes: NaN in every floating-point type. */
void poison_shared_memory(const Kernel& kernel);

} // namespace lamina::sim
