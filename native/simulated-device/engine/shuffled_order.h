// Visits 0 .. count-1 once each in an order that a seed decides, with no table: index -> (a * index + b) mod count,
// a and count without common divisor. Seed 0 is the natural order.
#pragma once

#include <cstdint>
#include <numeric>

namespace lamina::sim {

/** splitmix64: small, and good for any seed. */
class Random {
public:
    explicit Random(uint64_t seed = 0) : state_(seed) {}

    uint64_t next() {
        uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        return z ^ (z >> 31);
    }

    uint64_t below(uint64_t bound) { return next() % bound; }

private:
    uint64_t state_;
};

class ShuffledOrder {
public:
    ShuffledOrder() = default;

    ShuffledOrder(uint64_t count, bool natural, Random& random) : count_(count) {
        if (natural || count < 2) {
            return;
        }
        next_ = random.below(count);
        step_ = 1 + random.below(count - 1);
        while (std::gcd(step_, count) != 1) {
            step_ = step_ % (count - 1) + 1;
        }
    }

    uint64_t next() {
        uint64_t result = next_;
        next_ += step_;
        if (next_ >= count_) {
            next_ -= count_;
        }
        return result;
    }

private:
    uint64_t count_ = 0;
    uint64_t next_ = 0;
    uint64_t step_ = 1;
};

} // namespace lamina::sim
