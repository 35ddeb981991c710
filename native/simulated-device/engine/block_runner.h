// Runs the threads of one block after the other on fibers.
//
// A fiber executes KernelOf<>::run, a loop over threads. When its thread has to wait, the fiber is parked and another
// goes on: one whose wait is over, or a fresh one that takes the next thread nobody has started. So a kernel that never
// waits uses one fiber for the whole grid, and a block with barriers uses as many as it has threads.
#pragma once

#include <csetjmp>
#include <memory>
#include <vector>

#include "engine.h"
#include "fiber.h"
#include "shuffled_order.h"
#include "simulated_cuda/threads.h"

namespace lamina::sim {

struct Fiber {
    enum class State { idle, running, ready, at_barrier, at_warp_operation };

    Context context;
    char* stack = nullptr;
    State state = State::idle;
    bool holds_thread = false;
    uint64_t run_number = 0; // of the kernel that its stack belongs to
    ThreadPosition position;
    uint64_t result = 0; // of the wait

    // of a warp operation
    int site = 0;
    WarpOperation operation = WarpOperation::synchronize;
    unsigned mask = 0;
    uint64_t value = 0;
    int argument = 0;
    int width = 32;
};

struct Warp {
    unsigned exited = 0;      // lanes whose thread has returned, or that the block does not have
    unsigned arrived[32];     // by lowest lane of the mask: who waits in that group
    unsigned group_mask[32];
    Fiber* lane[32];
};

class BlockRunner {
public:
    void run(const Kernel& kernel, const LaunchShape& shape, void** arguments, uint64_t seed);

    bool begin_thread();
    int barrier(int site, Vote vote, bool predicate);
    uint64_t warp_operation(int site, WarpOperation operation, unsigned mask, uint64_t value, int argument, int width);

private:
    void start_block();
    void start_thread();
    void finish_thread();
    void release_barrier();
    void complete_warp_operation(Warp& warp, unsigned mask);
    uint64_t shuffled_value(const Warp& warp, unsigned lane) const;
    void wait();
    void continue_with(Fiber* next);
    void make_ready(Fiber* fiber);
    Fiber* take_ready();
    Fiber* take_idle();
    [[noreturn]] void report_deadlock();
    static void fiber_entry();

    const Kernel* kernel_ = nullptr;
    const LaunchShape* shape_ = nullptr;
    void** arguments_ = nullptr;
    Random random_;
    bool natural_ = true;

    uint64_t blocks_ = 0;
    uint64_t blocks_started_ = 0;
    ShuffledOrder block_order_;
    ShuffledOrder thread_order_;
    unsigned threads_ = 0;
    unsigned started_ = 0;
    unsigned finished_ = 0;

    std::vector<Fiber*> at_barrier_;
    unsigned votes_ = 0;
    int barrier_site_ = 0;

    Context caller_;
    uint64_t run_number_ = 0;
    Fiber* running_ = nullptr;
    std::vector<std::unique_ptr<Fiber>> fibers_;
    std::vector<Fiber*> idle_;
    std::vector<Fiber*> ready_;
    size_t next_ready_ = 0;
    std::vector<Warp> warps_;
};

extern BlockRunner& runner;

/** Ends the running kernel: the reason becomes the result of run_kernel. */
[[noreturn]] void end_kernel(Outcome outcome, const char* format, ...) __attribute__((format(printf, 2, 3)));

} // namespace lamina::sim
