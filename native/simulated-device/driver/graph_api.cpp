// Stream capture, instantiation and launch of graphs.
#include <algorithm>
#include <utility>

#include "api.h"
#include "graphs.h"

using namespace lamina::sim;

SIM_API cuStreamBeginCapture_v2(CUstream handle, int mode) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamBeginCapture");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(stream != legacy_stream(), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    REQUIRE(mode >= CU_STREAM_CAPTURE_MODE_GLOBAL && mode <= CU_STREAM_CAPTURE_MODE_RELAXED, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(stream->capture == nullptr, CUDA_ERROR_ILLEGAL_STATE);
    stream->capture = std::make_shared<Capture>();
    stream->capture->origin = stream;
    stream->capture->mode = mode;
    stream->capture->thread = pthread_self();
    stream->last_nodes.clear();
    return CUDA_SUCCESS;
}

/** Whether every node leads to one that the origin stream has waited for. */
static bool all_joined(const Graph& graph, const std::vector<int>& last_nodes) {
    std::vector<bool> joined(graph.nodes.size());
    for (int node : last_nodes) {
        joined[size_t(node)] = true;
    }
    for (auto& node : graph.nodes) {
        for (int dependency : node.dependencies) {
            joined[size_t(dependency)] = true;
        }
    }
    for (bool each : joined) {
        if (!each) {
            return false;
        }
    }
    return true;
}

SIM_API cuStreamEndCapture(CUstream handle, CUgraph* graph) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamEndCapture");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(graph != nullptr, CUDA_ERROR_INVALID_VALUE);
    auto capture = stream->capture;
    REQUIRE(capture != nullptr, CUDA_ERROR_ILLEGAL_STATE);
    REQUIRE(capture->origin.lock() == stream, CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
    REQUIRE(capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED || pthread_equal(capture->thread, pthread_self()),
            CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    bool joined = all_joined(*capture->graph, stream->last_nodes);
    for (auto& entry : streams) {
        if (entry.second->capture == capture) {
            entry.second->capture = nullptr;
            entry.second->last_nodes.clear();
        }
    }
    *graph = nullptr;
    REQUIRE(!capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    if (!joined) {
        problem("cuStreamEndCapture: the capture holds work of another stream, which the first stream does not wait for");
        return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    }
    *graph = graphs.add(capture->graph);
    return CUDA_SUCCESS;
}

SIM_API cuStreamIsCapturing(CUstream handle, int* status) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamIsCapturing");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    *status = stream->capture == nullptr     ? CU_STREAM_CAPTURE_STATUS_NONE
              : stream->capture->invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                         : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
}

SIM_API cuThreadExchangeStreamCaptureMode(int* mode) {
    ENTER(driver);
    REQUIRE(mode != nullptr, CUDA_ERROR_INVALID_VALUE);
    std::swap(*mode, thread_capture_mode());
    return CUDA_SUCCESS;
}

SIM_API cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* number) {
    ENTER(context);
    auto graph = graphs.find(handle);
    REQUIRE(graph != nullptr && number != nullptr, CUDA_ERROR_INVALID_VALUE);
    if (nodes != nullptr) {
        for (size_t i = 0; i < *number; i++) {
            nodes[i] = i < graph->nodes.size() ? reinterpret_cast<CUgraphNode>(&graph->nodes[i]) : nullptr;
        }
    }
    *number = nodes == nullptr ? graph->nodes.size() : std::min(*number, graph->nodes.size());
    return CUDA_SUCCESS;
}

SIM_API cuGraphNodeGetType(CUgraphNode node, int* type) {
    ENTER(context);
    REQUIRE(node != nullptr, CUDA_ERROR_INVALID_VALUE);
    *type = reinterpret_cast<const Graph::Node*>(node)->work.node_type;
    return CUDA_SUCCESS;
}

SIM_API cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph handle, unsigned long long) {
    ENTER(context);
    auto graph = graphs.find(handle);
    REQUIRE(graph != nullptr && executable != nullptr, CUDA_ERROR_INVALID_VALUE);
    *executable = graph_executables.add(std::make_shared<Graph>(*graph));
    return CUDA_SUCCESS;
}

SIM_API cuGraphUpload(CUgraphExec executable, CUstream stream) {
    ENTER(context);
    REQUIRE(graph_executables.find(executable) != nullptr, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(find_stream(stream, "cuGraphUpload") != nullptr, CUDA_ERROR_INVALID_HANDLE);
    return CUDA_SUCCESS;
}

SIM_API cuGraphLaunch(CUgraphExec executable, CUstream handle) {
    ENTER(context);
    auto graph = graph_executables.find(executable);
    REQUIRE(graph != nullptr, CUDA_ERROR_INVALID_VALUE);
    auto stream = find_stream(handle, "cuGraphLaunch");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    Work work{CU_GRAPH_NODE_TYPE_KERNEL, "cuGraphLaunch", {}, {}};
    for (auto& node : graph->nodes) {
        work.host.insert(work.host.end(), node.work.host.begin(), node.work.host.end());
    }
    work.issue = [graph]() -> Task {
        count("graph_launches");
        std::vector<Task> tasks;
        std::vector<std::vector<int>> dependencies;
        for (auto& node : graph->nodes) {
            tasks.push_back(node.work.issue());
            dependencies.push_back(node.dependencies);
        }
        return [tasks, dependencies]() -> CUresult {
            for (int node : scheduled_order(dependencies)) {
                CUresult result = tasks[size_t(node)]();
                if (result != CUDA_SUCCESS) {
                    return result;
                }
            }
            return CUDA_SUCCESS;
        };
    };
    return submit(stream, work);
}

SIM_API cuGraphDestroy(CUgraph handle) {
    ENTER(context);
    if (!graphs.remove(handle)) {
        problem("cuGraphDestroy: the graph does not exist or is destroyed");
        return CUDA_ERROR_INVALID_VALUE;
    }
    return CUDA_SUCCESS;
}

SIM_API cuGraphExecDestroy(CUgraphExec handle) {
    ENTER(context);
    if (!graph_executables.remove(handle)) {
        problem("cuGraphExecDestroy: the executable does not exist or is destroyed");
        return CUDA_ERROR_INVALID_VALUE;
    }
    return CUDA_SUCCESS;
}
