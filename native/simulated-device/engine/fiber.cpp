#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace lamina::sim {

#ifdef LAMINA_SIM_UCONTEXT

void Context::prepare(char* stack, size_t bytes, void (*entry)()) {
    getcontext(&state_);
    state_.uc_stack.ss_sp = stack;
    state_.uc_stack.ss_size = bytes;
    state_.uc_link = nullptr;
    makecontext(&state_, entry, 0);
}

void Context::switch_to(Context& other) {
    swapcontext(&state_, &other.state_);
}

#else

// Saves the callee-saved registers on the running stack, stores the stack pointer, loads the other one and restores.
// Signal mask and floating-point control words are the same for all fibers, so they stay as they are.
extern "C" void lamina_sim_switch(void** save_stack_pointer, void* stack_pointer);

asm(R"(
.text
.globl lamina_sim_switch
.hidden lamina_sim_switch
.type lamina_sim_switch,@function
lamina_sim_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size lamina_sim_switch,.-lamina_sim_switch
)");

static constexpr int saved_registers = 6;

void Context::prepare(char* stack, size_t bytes, void (*entry)()) {
    // From the top: a null return address (entry never returns, and it keeps the stack aligned as after a call), the
    // address that `ret` pops, and the registers.
    void** top = reinterpret_cast<void**>(stack + bytes);
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(entry);
    for (int i = 0; i < saved_registers; i++) {
        *--top = nullptr;
    }
    stack_pointer_ = top;
}

void Context::switch_to(Context& other) {
    lamina_sim_switch(&stack_pointer_, other.stack_pointer_);
}

#endif

char* allocate_stack(size_t bytes) {
    size_t guard = size_t(sysconf(_SC_PAGESIZE));
    void* mapping = mmap(nullptr, bytes + guard, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        abort();
    }
    mprotect(mapping, guard, PROT_NONE);
    return static_cast<char*>(mapping) + guard;
}

} // namespace lamina::sim
