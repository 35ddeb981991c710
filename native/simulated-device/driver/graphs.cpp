#include "graphs.h"

#include <algorithm>

#include "records.h"

namespace lamina::sim {

Handles<CUgraph, Graph>& graphs = *new Handles<CUgraph, Graph>(0x53);
Handles<CUgraphExec, Graph>& graph_executables = *new Handles<CUgraphExec, Graph>(0x54);

CUresult add_node(Stream& stream, const Work& work) {
    Capture& capture = *stream.capture;
    if (capture.invalid) {
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    capture.graph->nodes.push_back({work, stream.last_nodes});
    stream.last_nodes = {int(capture.graph->nodes.size()) - 1};
    return CUDA_SUCCESS;
}

int& thread_capture_mode() {
    static thread_local int mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
    return mode;
}

bool blocking_capture_active() {
    return std::any_of(streams.begin(), streams.end(), [](auto& entry) {
        return entry.second->capture != nullptr && entry.second->blocking();
    });
}

CUresult invalidate_capture(Capture& capture, const char* function) {
    capture.invalid = true;
    problem("%s is not permitted while a stream is being captured", function);
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

CUresult refuse_during_capture(const char* function) {
    CUresult answer = CUDA_SUCCESS;
    if (thread_capture_mode() == CU_STREAM_CAPTURE_MODE_RELAXED) {
        return answer;
    }
    for (auto& entry : streams) {
        Capture* capture = entry.second->capture.get();
        if (capture == nullptr || capture->invalid || capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED) {
            continue;
        }
        if (capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL || pthread_equal(capture->thread, pthread_self())) {
            answer = invalidate_capture(*capture, function);
        }
    }
    return answer;
}

CUresult refuse_waiting_for_capture(const Stream* stream, const char* function) {
    CUresult answer = CUDA_SUCCESS;
    for (auto& entry : streams) {
        Capture* capture = entry.second->capture.get();
        if (capture == nullptr || (stream != nullptr && entry.second.get() != stream)) {
            continue;
        }
        answer = capture->invalid ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : invalidate_capture(*capture, function);
    }
    return answer;
}

void discard_graphs() {
    graphs.clear();
    graph_executables.clear();
}

} // namespace lamina::sim
