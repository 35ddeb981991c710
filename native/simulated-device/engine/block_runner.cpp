#include "block_runner.h"

#include <cstring>

#include "shared_memory.h"

namespace lamina::sim {

ThreadPosition current;
uint3 current_block;
dim3 current_block_shape;
dim3 current_grid_shape;

BlockRunner& runner = *new BlockRunner();

static constexpr size_t stack_bytes = 64 << 10;

bool begin_thread() {
    return runner.begin_thread();
}

int barrier(int site, Vote vote, bool predicate) {
    return runner.barrier(site, vote, predicate);
}

uint64_t warp_operation(int site, WarpOperation operation, unsigned mask, uint64_t value, int argument, int width) {
    return runner.warp_operation(site, operation, mask, value, argument, width);
}

void BlockRunner::run(const Kernel& kernel, const LaunchShape& shape, void** arguments, uint64_t seed) {
    kernel_ = &kernel;
    shape_ = &shape;
    arguments_ = arguments;
    random_ = Random(seed);
    natural_ = seed == 0;
    current_grid_shape = shape.grid;
    current_block_shape = shape.block;
    threads_ = shape.block.x * shape.block.y * shape.block.z;
    blocks_ = uint64_t(shape.grid.x) * shape.grid.y * shape.grid.z;
    blocks_started_ = 0;
    block_order_ = ShuffledOrder(blocks_, natural_, random_);
    warps_.resize((threads_ + 31) / 32);
    ready_.clear();
    next_ready_ = 0;
    start_block();
    at_barrier_.clear();
    idle_.clear();
    for (auto& fiber : fibers_) {
        fiber->state = Fiber::State::idle;
        fiber->holds_thread = false;
        idle_.push_back(fiber.get());
    }
    run_number_++;
    running_ = take_idle();
    caller_.switch_to(running_->context);
}

void BlockRunner::fiber_entry() {
    runner.kernel_->run(runner.arguments_);
    // begin_thread switched away for good when the grid was done; only a bug of the engine leads here.
    __builtin_trap();
}

void BlockRunner::start_block() {
    uint64_t block = block_order_.next();
    blocks_started_++;
    current_block = {unsigned(block % shape_->grid.x), unsigned(block / shape_->grid.x % shape_->grid.y),
                     unsigned(block / shape_->grid.x / shape_->grid.y)};
    thread_order_ = ShuffledOrder(threads_, natural_, random_);
    started_ = 0;
    finished_ = 0;
    votes_ = 0;
    for (size_t w = 0; w < warps_.size(); w++) {
        Warp& warp = warps_[w];
        unsigned lanes = threads_ - unsigned(w) * 32;
        warp.exited = lanes < 32 ? ~((1u << lanes) - 1) : 0;
        std::memset(warp.arrived, 0, sizeof(warp.arrived));
    }
    poison_shared_memory(*kernel_);
}

void BlockRunner::start_thread() {
    unsigned index = unsigned(thread_order_.next());
    started_++;
    unsigned width = shape_->block.x;
    unsigned height = shape_->block.y;
    if (threads_ == width) { // the usual case, without divisions
        current.thread = {index, 0, 0};
    } else {
        current.thread = {index % width, index / width % height, index / width / height};
    }
    current.lane = index & 31;
    current.warp = index >> 5;
    running_->holds_thread = true;
    running_->state = Fiber::State::running;
}

void BlockRunner::finish_thread() {
    running_->holds_thread = false;
    finished_++;
    warps_[current.warp].exited |= 1u << current.lane;
    if (!at_barrier_.empty()) {
        end_kernel(Outcome::misuse,
                   "divergent __syncthreads: %zu threads wait at the one in line %d, this thread returned without it",
                   at_barrier_.size(), barrier_site_ & 0xffff);
    }
}

bool BlockRunner::begin_thread() {
    if (running_->holds_thread) {
        finish_thread();
    }
    while (started_ == threads_) {
        if (finished_ == threads_) {
            if (blocks_started_ == blocks_) {
                running_->context.switch_to(caller_);
            }
            start_block();
            break;
        }
        Fiber* next = take_ready();
        if (next == nullptr) {
            report_deadlock();
        }
        running_->state = Fiber::State::idle;
        idle_.push_back(running_);
        continue_with(next);
    }
    start_thread();
    return true;
}

/** Leaves the running fiber, whose state says what it waits for, and comes back when that is over. */
void BlockRunner::wait() {
    Fiber* self = running_;
    self->position = current;
    Fiber* next;
    // Threads that have not started go first, except that a seed lets a woken one overtake now and then.
    bool start = started_ < threads_ && (natural_ || next_ready_ == ready_.size() || random_.below(4) != 0);
    if (start) {
        next = take_idle();
    } else {
        next = take_ready();
        if (next == nullptr) {
            report_deadlock();
        }
    }
    if (next != self) {
        continue_with(next);
    }
    current = self->position;
    self->state = Fiber::State::running;
}

void BlockRunner::continue_with(Fiber* next) {
    Fiber* self = running_;
    running_ = next;
    self->context.switch_to(next->context);
}

void BlockRunner::make_ready(Fiber* fiber) {
    fiber->state = Fiber::State::ready;
    ready_.push_back(fiber);
}

Fiber* BlockRunner::take_ready() {
    if (next_ready_ == ready_.size()) {
        ready_.clear();
        next_ready_ = 0;
        return nullptr;
    }
    if (!natural_) {
        std::swap(ready_[next_ready_], ready_[next_ready_ + random_.below(ready_.size() - next_ready_)]);
    }
    return ready_[next_ready_++];
}

Fiber* BlockRunner::take_idle() {
    Fiber* fiber;
    if (!idle_.empty()) {
        fiber = idle_.back();
        idle_.pop_back();
    } else {
        fibers_.push_back(std::make_unique<Fiber>());
        fiber = fibers_.back().get();
        fiber->stack = allocate_stack(stack_bytes);
    }
    // What an earlier kernel left on the stack (it waits inside begin_thread, or it failed) is of no use to this one.
    if (fiber->run_number != run_number_) {
        fiber->run_number = run_number_;
        fiber->context.prepare(fiber->stack, stack_bytes, &fiber_entry);
    }
    return fiber;
}

int BlockRunner::barrier(int site, Vote vote, bool predicate) {
    if (finished_ > 0) {
        end_kernel(Outcome::misuse, "divergent __syncthreads in line %d: %u threads of the block have returned already",
                   site & 0xffff, finished_);
    }
    if (at_barrier_.empty()) {
        barrier_site_ = site;
        votes_ = 0;
    } else if (site != barrier_site_) {
        end_kernel(Outcome::misuse, "divergent __syncthreads: threads of one block wait in line %d and in line %d",
                   barrier_site_ & 0xffff, site & 0xffff);
    }
    votes_ += predicate;
    if (at_barrier_.size() + 1 == threads_) {
        running_->result = votes_;
        release_barrier();
    } else {
        running_->state = Fiber::State::at_barrier;
        at_barrier_.push_back(running_);
        wait();
    }
    unsigned votes = unsigned(running_->result);
    switch (vote) {
    case Vote::all:
        return votes == threads_;
    case Vote::any:
        return votes > 0;
    default:
        return int(votes);
    }
}

void BlockRunner::release_barrier() {
    for (Fiber* fiber : at_barrier_) {
        fiber->result = votes_;
        make_ready(fiber);
    }
    at_barrier_.clear();
}

void BlockRunner::report_deadlock() {
    unsigned at_warp_operation = 0;
    const Fiber* example = nullptr;
    for (auto& fiber : fibers_) {
        if (fiber->state == Fiber::State::at_warp_operation) {
            at_warp_operation++;
            example = fiber.get();
        }
    }
    if (example == nullptr) {
        end_kernel(Outcome::misuse, "deadlock: %zu threads wait at __syncthreads in line %d", at_barrier_.size(),
                   barrier_site_ & 0xffff);
    }
    end_kernel(Outcome::misuse,
               "deadlock: %zu threads wait at __syncthreads, %u at a warp operation (line %d, mask %08x, lanes %08x of "
               "the warp have exited)",
               at_barrier_.size(), at_warp_operation, example->site & 0xffff, example->mask,
               warps_[example->position.warp].exited);
}

} // namespace lamina::sim
