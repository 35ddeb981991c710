// Runs a kernel with a way out: signals raised by it and errors found by the engine jump back to run_kernel.
//
// The JVM uses SIGSEGV for its own purposes, so the handler takes a signal only from the thread that is inside a kernel
// and hands every other one to the handler that was there before.
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include <csetjmp>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "block_runner.h"
#include "shared_memory.h"

namespace lamina::sim {

static uint64_t engine_seed;
static uint64_t launches; // mixes into the seed, so that every launch has its own order

static sigjmp_buf way_out;
static KernelResult* result;

// Thread-local storage may allocate on first use, which a handler on a foreign thread must not do: hence globals.
static volatile bool inside_kernel;
static pthread_t kernel_thread;

static constexpr int handled_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction previous[NSIG];

static volatile int fault_signal;
static volatile uint64_t fault_address;
static volatile bool fault_write;

void set_engine_seed(uint64_t seed) {
    engine_seed = seed;
    launches = 0;
}

static void pass_on(int signal, siginfo_t* info, void* context) {
    struct sigaction& old = previous[signal];
    if ((old.sa_flags & SA_SIGINFO) != 0) {
        old.sa_sigaction(signal, info, context);
    } else if (old.sa_handler == SIG_DFL) {
        sigaction(signal, &old, nullptr); // the instruction runs again and now has its default effect
    } else if (old.sa_handler != SIG_IGN) {
        old.sa_handler(signal);
    }
}

static void on_signal(int signal, siginfo_t* info, void* context) {
    if (!inside_kernel || !pthread_equal(pthread_self(), kernel_thread)) {
        pass_on(signal, info, context);
        return;
    }
    fault_signal = signal;
    fault_address = reinterpret_cast<uint64_t>(info->si_addr);
    fault_write = false;
#if defined(__x86_64__) && defined(REG_ERR)
    fault_write = (static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR] & 2) != 0;
#endif
    siglongjmp(way_out, 1);
}

static void install_handlers() {
    static bool installed;
    if (installed) {
        return;
    }
    installed = true;
    for (int signal : handled_signals) {
        struct sigaction action;
        sigaction(signal, nullptr, &previous[signal]);
        std::memset(&action, 0, sizeof(action));
        action.sa_sigaction = on_signal;
        action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
        action.sa_mask = previous[signal].sa_mask; // what the JVM's handler counts on when it is passed the signal
        sigaction(signal, &action, nullptr);
    }
}

/** A stack for the handler: after an overflow of a fiber's stack there is nothing left to run on. */
class SignalStack {
public:
    SignalStack() {
        static char* memory = allocate_stack(bytes);
        stack_t stack{};
        stack.ss_sp = memory;
        stack.ss_size = bytes;
        sigaltstack(&stack, &before_);
    }

    ~SignalStack() { sigaltstack(&before_, nullptr); }

private:
    static constexpr size_t bytes = 64 << 10;
    stack_t before_;
};

void end_kernel(Outcome outcome, const char* format, ...) {
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    result->outcome = outcome;
    result->text = text;
    fault_signal = 0;
    siglongjmp(way_out, 1);
}

static std::string current_place() {
    char text[160];
    snprintf(text, sizeof(text), "block (%u,%u,%u) thread (%u,%u,%u)", current_block.x, current_block.y,
             current_block.z, current.thread.x, current.thread.y, current.thread.z);
    return text;
}

static void explain_signal() {
    switch (fault_signal) {
    case 0:
        break; // end_kernel has explained already
    case SIGFPE:
        result->outcome = Outcome::trap;
        result->text = "integer division by zero (a device gives an undefined number instead)";
        break;
    case SIGILL:
        result->outcome = Outcome::trap;
        result->text = "a trap";
        break;
    default:
        result->outcome = Outcome::memory_fault;
        result->address = fault_address;
        result->write = fault_write;
    }
}

static uint64_t next_launch_seed() {
    return engine_seed == 0 ? 0 : engine_seed * 0x9e3779b97f4a7c15ull + ++launches;
}

KernelResult run_kernel(const Kernel& kernel, const LaunchShape& shape, void** arguments) {
    static KernelResult shared_result; // static: siglongjmp leaves locals that have changed undefined
    install_handlers();
    SignalStack signal_stack;
    shared_result = KernelResult();
    result = &shared_result;
    reserve_dynamic_shared(shape.dynamic_shared_bytes);
    kernel_thread = pthread_self();
    if (sigsetjmp(way_out, 1) == 0) {
        inside_kernel = true;
        runner.run(kernel, shape, arguments, next_launch_seed());
        inside_kernel = false;
    } else {
        inside_kernel = false;
        explain_signal();
        result->where = current_place();
    }
    return shared_result;
}

} // namespace lamina::sim
