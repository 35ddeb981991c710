// Warp shuffles, votes and __syncwarp: the lanes of a mask meet, exchange their values and go on.
#include "block_runner.h"

namespace lamina::sim {

uint64_t BlockRunner::warp_operation(int site, WarpOperation operation, unsigned mask, uint64_t value, int argument,
                                     int width) {
    Warp& warp = warps_[current.warp];
    unsigned lane = current.lane;
    int line = site & 0xffff;
    if ((mask >> lane & 1) == 0) {
        end_kernel(Outcome::misuse, "warp operation in line %d: lane %u is not in its own mask %08x", line, lane, mask);
    }
    if ((mask & warp.exited) != 0) {
        end_kernel(Outcome::misuse,
                   "warp operation in line %d: mask %08x names lanes %08x that have exited or do not exist (block of "
                   "%u threads)",
                   line, mask, mask & warp.exited, threads_);
    }
    unsigned group = unsigned(__builtin_ctz(mask));
    if (warp.arrived[group] == 0) {
        warp.group_mask[group] = mask;
    } else if (warp.group_mask[group] != mask) {
        end_kernel(Outcome::misuse, "warp operation in line %d: its lanes name different masks, %08x and %08x", line,
                   warp.group_mask[group], mask);
    }
    Fiber* self = running_;
    self->site = site;
    self->operation = operation;
    self->mask = mask;
    self->value = value;
    self->argument = argument;
    self->width = width;
    warp.lane[lane] = self;
    warp.arrived[group] |= 1u << lane;
    if (warp.arrived[group] == mask) {
        warp.arrived[group] = 0;
        complete_warp_operation(warp, mask);
    } else {
        self->state = Fiber::State::at_warp_operation;
        wait();
    }
    return self->result;
}

void BlockRunner::complete_warp_operation(Warp& warp, unsigned mask) {
    const Fiber* self = running_;
    unsigned ballot = 0;
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
        unsigned lane = unsigned(__builtin_ctz(rest));
        const Fiber* other = warp.lane[lane];
        if (other->site != self->site || other->operation != self->operation) {
            end_kernel(Outcome::misuse, "different warp operations meet, in lines %d and %d", self->site & 0xffff,
                       other->site & 0xffff);
        }
        ballot |= unsigned(other->value & 1) << lane;
    }
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
        unsigned lane = unsigned(__builtin_ctz(rest));
        Fiber* other = warp.lane[lane];
        other->result = self->operation == WarpOperation::ballot ? ballot : shuffled_value(warp, lane);
        if (other != self) {
            make_ready(other);
        }
    }
}

uint64_t BlockRunner::shuffled_value(const Warp& warp, unsigned lane) const {
    const Fiber* fiber = warp.lane[lane];
    int self = int(lane);
    int width = fiber->width;
    int first = self & ~(width - 1);
    int source = self;
    switch (fiber->operation) {
    case WarpOperation::shuffle:
        source = first + (fiber->argument & (width - 1));
        break;
    case WarpOperation::shuffle_up:
        source = self - fiber->argument < first ? self : self - fiber->argument;
        break;
    case WarpOperation::shuffle_down:
        source = self + fiber->argument >= first + width ? self : self + fiber->argument;
        break;
    case WarpOperation::shuffle_xor:
        source = (self ^ fiber->argument) >= first + width ? self : self ^ fiber->argument;
        break;
    default:
        break;
    }
    if ((fiber->mask >> source & 1) == 0) {
        end_kernel(Outcome::misuse, "shuffle in line %d: lane %d reads lane %d, which is not in the mask %08x",
                   fiber->site & 0xffff, self, source, fiber->mask);
    }
    return warp.lane[source]->value;
}

} // namespace lamina::sim
