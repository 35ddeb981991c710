// Stream capture and graphs: nodes with the dependencies that stream order and events gave them.
#pragma once

#include <pthread.h>

#include <memory>
#include <vector>

#include "streams.h"

namespace lamina::sim {

struct Graph {
    struct Node {
        Work work;
        std::vector<int> dependencies;
    };

    std::vector<Node> nodes;
};

struct Capture {
    std::weak_ptr<Stream> origin;
    int mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    pthread_t thread;
    bool invalid = false;
    std::shared_ptr<Graph> graph = std::make_shared<Graph>();
};

extern Handles<CUgraph, Graph>& graphs;
extern Handles<CUgraphExec, Graph>& graph_executables;

CUresult add_node(Stream& stream, const Work& work);

/** What cuThreadExchangeStreamCaptureMode has set for the calling thread. */
int& thread_capture_mode();

/** Whether a capture is under way on a stream that synchronises with the legacy default stream. */
bool blocking_capture_active();

/**
 * For calls that must not happen during a capture (they synchronise, allocate or free). If one is under way whose mode
 * forbids it for this thread: invalidates it, records a problem and answers the error; else CUDA_SUCCESS.
 */
CUresult refuse_during_capture(const char* function);

/** The same for calls that wait for or ask about a certain stream, or, with null, about all of them. */
CUresult refuse_waiting_for_capture(const Stream* stream, const char* function);

/** The problem and the error of a call that a capture does not allow on this stream; invalidates the capture. */
CUresult invalidate_capture(Capture& capture, const char* function);

/** Ends and drops all captures, as the end of a context does. */
void discard_graphs();

} // namespace lamina::sim
