// Live objects by handle. Handles are numbers that are never used twice, so that a destroyed stream or event is
// recognised for ever, and a handle of one kind is never taken for another.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <unordered_map>

namespace lamina::sim {

template <class Handle, class Object>
class Handles {
public:
    explicit Handles(uint64_t kind) : next_(kind << 40) {}

    Handle add(std::shared_ptr<Object> object) {
        next_ += 16;
        live_.emplace(next_, std::move(object));
        return reinterpret_cast<Handle>(next_);
    }

    /** Null for a handle that was never given out or whose object is destroyed. */
    std::shared_ptr<Object> find(Handle handle) const {
        auto found = live_.find(reinterpret_cast<uint64_t>(handle));
        return found == live_.end() ? nullptr : found->second;
    }

    bool remove(Handle handle) { return live_.erase(reinterpret_cast<uint64_t>(handle)) > 0; }

    void clear() { live_.clear(); }

    size_t size() const { return live_.size(); }

    auto begin() const { return live_.begin(); }
    auto end() const { return live_.end(); }

private:
    uint64_t next_;
    std::unordered_map<uint64_t, std::shared_ptr<Object>> live_;
};

} // namespace lamina::sim
