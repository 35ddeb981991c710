#include "streams.h"

#include <algorithm>
#include <chrono>

#include "../engine/shuffled_order.h"
#include "context.h"
#include "device_memory.h"
#include "graphs.h"
#include "records.h"

namespace lamina::sim {

Handles<CUstream, Stream>& streams = *new Handles<CUstream, Stream>(0x51);
Handles<CUevent, Event>& events = *new Handles<CUevent, Event>(0x52);

// What the scheduler does with work that nobody has asked for yet.
enum class Policy {
    late,  // as late as possible: a stream that nobody waits for does not run
    early, // as early as possible: all other streams run first
    mixed, // one operation of a random stream at a time
};

static Policy policy = Policy::late;
static Random& random_source = *new Random();
static uint64_t sequence;

void set_scheduler_seed(uint64_t seed) {
    policy = Policy(seed % 3);
    random_source = Random(seed);
}

std::shared_ptr<Stream> legacy_stream() {
    static auto* stream = new std::shared_ptr<Stream>(std::make_shared<Stream>());
    return *stream;
}

std::shared_ptr<Stream> find_stream(CUstream handle, const char* function) {
    if (handle == nullptr || handle == CU_STREAM_LEGACY || handle == CU_STREAM_PER_THREAD) {
        return legacy_stream();
    }
    auto stream = streams.find(handle);
    if (stream == nullptr) {
        problem("%s: the stream %p does not exist or is destroyed", function, static_cast<void*>(handle));
    }
    return stream;
}

std::shared_ptr<Event> find_event(CUevent handle, const char* function) {
    auto event = events.find(handle);
    if (event == nullptr) {
        problem("%s: the event %p does not exist or is destroyed", function, static_cast<void*>(handle));
    }
    return event;
}

void enqueue(const std::shared_ptr<Stream>& stream, Operation operation) {
    operation.sequence = ++sequence;
    stream->queue.push_back(std::move(operation));
}

CUresult submit(const std::shared_ptr<Stream>& stream, const Work& work) {
    if (stream->capture != nullptr) {
        return add_node(*stream, work);
    }
    if (stream == legacy_stream() && blocking_capture_active()) {
        problem("%s on the legacy default stream while a blocking stream is being captured", work.label.c_str());
        return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    }
    Operation operation;
    operation.task = work.issue();
    operation.label = work.label;
    operation.host = work.host;
    enqueue(stream, std::move(operation));
    return CUDA_SUCCESS;
}

static bool has_before(const Stream& stream, uint64_t limit) {
    return !stream.queue.empty() && stream.queue.front().sequence < limit;
}

/** The stream whose first operation has to run before the first one of `stream` can; that stream itself if none. */
static std::shared_ptr<Stream> runnable_for(const std::shared_ptr<Stream>& stream) {
    const Operation& first = stream->queue.front();
    if (first.wait_for != nullptr && !first.wait_for->reached) {
        auto other = first.wait_for->stream.lock();
        if (other != nullptr && !other->queue.empty()) {
            return runnable_for(other);
        }
    }
    // The legacy default stream waits for earlier work of every blocking stream, and they wait for it.
    if (stream == legacy_stream()) {
        for (auto& entry : streams) {
            if (entry.second->blocking() && has_before(*entry.second, first.sequence)) {
                return runnable_for(entry.second);
            }
        }
    } else if (stream->blocking() && has_before(*legacy_stream(), first.sequence)) {
        return runnable_for(legacy_stream());
    }
    return stream;
}

static double now() {
    auto time = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(time).count();
}

static void run_first(const std::shared_ptr<Stream>& stream) {
    Operation operation = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->polls = 0;
    if (operation.task && context.lost == CUDA_SUCCESS) {
        CUresult result = operation.task();
        work_has_run();
        if (result != CUDA_SUCCESS) {
            lose_context(result);
        }
    }
    if (operation.record != nullptr) {
        operation.record->reached = true;
        operation.record->milliseconds = now();
    }
}

/** Streams with work in an order that does not depend on hashing. */
static std::vector<std::shared_ptr<Stream>> busy_streams() {
    std::vector<std::shared_ptr<Stream>> busy;
    for (auto& entry : streams) {
        if (!entry.second->queue.empty()) {
            busy.push_back(entry.second);
        }
    }
    std::sort(busy.begin(), busy.end(), [](auto& a, auto& b) { return a->handle < b->handle; });
    if (!legacy_stream()->queue.empty()) {
        busy.push_back(legacy_stream());
    }
    return busy;
}

/** Runs one operation of some stream, so that in the end the first one of `wanted` will have run. */
static void step(const std::shared_ptr<Stream>& wanted) {
    auto chosen = wanted;
    if (policy != Policy::late) {
        auto busy = busy_streams();
        if (policy == Policy::mixed) {
            chosen = busy[random_source.below(busy.size())];
        } else {
            for (auto& stream : busy) {
                if (stream != wanted && runnable_for(stream) != wanted) {
                    chosen = stream;
                    break;
                }
            }
        }
    }
    run_first(runnable_for(chosen));
}

void run_one(const std::shared_ptr<Stream>& stream) {
    if (!stream->queue.empty()) {
        step(stream);
    }
}

void drain(const std::shared_ptr<Stream>& stream) {
    while (!stream->queue.empty()) {
        step(stream);
    }
}

void drain_all() {
    for (auto busy = busy_streams(); !busy.empty(); busy = busy_streams()) {
        step(busy[random_source.below(busy.size())]);
    }
}

void drain_blocking() {
    drain(legacy_stream());
    std::vector<std::shared_ptr<Stream>> all = busy_streams();
    for (auto& stream : all) {
        if (stream->blocking()) {
            drain(stream);
        }
    }
}

void run_until(const std::shared_ptr<Marker>& marker) {
    while (!marker->reached) {
        auto stream = marker->stream.lock();
        if (stream == nullptr || stream->queue.empty()) {
            marker->reached = true; // its stream is gone, and with it the work before the marker
            return;
        }
        step(stream);
    }
}

void discard_streams() {
    legacy_stream()->queue.clear();
    streams.clear();
    events.clear();
}

std::string pending_use(uint64_t begin, uint64_t size) {
    for (auto& stream : busy_streams()) {
        for (const Operation& operation : stream->queue) {
            for (const HostRange& range : operation.host) {
                if (begin < range.begin + range.size && range.begin < begin + size) {
                    return operation.label;
                }
            }
        }
    }
    return "";
}

std::vector<int> scheduled_order(const std::vector<std::vector<int>>& dependencies) {
    size_t nodes = dependencies.size();
    std::vector<int> missing(nodes);
    std::vector<std::vector<int>> dependents(nodes);
    std::vector<int> ready;
    for (size_t node = 0; node < nodes; node++) {
        missing[node] = int(dependencies[node].size());
        for (int before : dependencies[node]) {
            dependents[size_t(before)].push_back(int(node));
        }
        if (missing[node] == 0) {
            ready.push_back(int(node));
        }
    }
    std::vector<int> order;
    while (!ready.empty()) {
        size_t pick = policy == Policy::late ? ready.size() - 1 : policy == Policy::early ? 0
                                                                : random_source.below(ready.size());
        int node = ready[pick];
        ready.erase(ready.begin() + long(pick));
        order.push_back(node);
        for (int after : dependents[size_t(node)]) {
            if (--missing[size_t(after)] == 0) {
                ready.push_back(after);
            }
        }
    }
    return order;
}

} // namespace lamina::sim
