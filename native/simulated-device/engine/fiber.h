// A fiber: a stack of its own and the means to switch to it. About 20 ns a switch with the assembly for x86-64, ten
// times that with ucontext elsewhere (swapcontext makes two system calls).
#pragma once

#include <cstddef>

#if !defined(__x86_64__) && !defined(LAMINA_SIM_UCONTEXT)
#define LAMINA_SIM_UCONTEXT
#endif

#ifdef LAMINA_SIM_UCONTEXT
#include <ucontext.h>
#endif

namespace lamina::sim {

class Context {
public:
    /** The context of the code that runs now; it becomes valid when it switches away. */
    Context() = default;

    /** Makes the next switch to this context call `entry` at the top of `stack`. `entry` must never return. */
    void prepare(char* stack, size_t bytes, void (*entry)());

    /** Saves the running code into this context and continues `other`. */
    void switch_to(Context& other);

private:
#ifdef LAMINA_SIM_UCONTEXT
    ucontext_t state_;
#else
    void* stack_pointer_ = nullptr;
#endif
};

/** A stack with an inaccessible page below it, so that an overflow is a fault and not a silent overwrite. */
char* allocate_stack(size_t bytes);

} // namespace lamina::sim
