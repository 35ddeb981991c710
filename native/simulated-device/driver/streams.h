// Streams, events and the scheduler.
//
// Streams are lazy: work waits in a queue until something asks for its result. Which streams run first when several
// could is the scheduler's choice, by the seed; whatever it chooses, a correct program computes the same.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cuda_abi.h"
#include "handles.h"

namespace lamina::sim {

struct Stream;
struct Capture;

using Task = std::function<CUresult()>;

struct HostRange {
    uint64_t begin;
    uint64_t size;
};

/** Something to be done in stream order, once or, captured in a graph, many times. */
struct Work {
    int node_type;
    std::string label;
    std::function<Task()> issue; // called at the API call, or at each launch of the graph; the task then runs later
    std::vector<HostRange> host; // pinned memory that the task reads or writes
};

/** A point in a stream: what an event records. */
struct Marker {
    std::weak_ptr<Stream> stream;
    bool reached = false;
    double milliseconds = 0;
};

struct Operation {
    uint64_t sequence = 0;
    Task task; // may be empty
    std::string label;
    std::shared_ptr<Marker> wait_for;
    std::shared_ptr<Marker> record;
    std::vector<HostRange> host;
};

struct Stream {
    CUstream handle = nullptr;
    unsigned flags = 0;
    int priority = 0;
    std::deque<Operation> queue;
    int polls = 0; // answered "not ready" since anything ran

    std::shared_ptr<Capture> capture;
    std::vector<int> last_nodes; // of the capture: what the next node depends on

    bool blocking() const { return (flags & CU_STREAM_NON_BLOCKING) == 0; }
};

struct Event {
    unsigned flags = 0;
    std::shared_ptr<Marker> marker; // null before the first record
    int polls = 0;

    std::weak_ptr<Capture> capture; // of a record during capture
    std::vector<int> nodes;
    bool captured = false;
};

extern Handles<CUstream, Stream>& streams;
extern Handles<CUevent, Event>& events;

/** The stream of a handle, the legacy default stream for null; null, and a problem, for one that does not exist. */
std::shared_ptr<Stream> find_stream(CUstream handle, const char* function);
std::shared_ptr<Event> find_event(CUevent handle, const char* function);
std::shared_ptr<Stream> legacy_stream();

/** Queues work, or adds it to the graph that the stream is being captured into. */
CUresult submit(const std::shared_ptr<Stream>& stream, const Work& work);
void enqueue(const std::shared_ptr<Stream>& stream, Operation operation);

void set_scheduler_seed(uint64_t seed);

/** Runs everything that the stream has queued, and whatever that depends on. */
void drain(const std::shared_ptr<Stream>& stream);
void drain_all();
void drain_blocking();
void run_until(const std::shared_ptr<Marker>& marker);

/** One step on behalf of a poll. */
void run_one(const std::shared_ptr<Stream>& stream);

/** Forgets all streams and events with what they have queued, as the end of a context does. */
void discard_streams();

/** The label of queued work that uses any of the bytes, or an empty text. */
std::string pending_use(uint64_t begin, uint64_t size);

/** The order in which to run nodes with these dependencies: any legal one, by the seed. */
std::vector<int> scheduled_order(const std::vector<std::vector<int>>& dependencies);

} // namespace lamina::sim
