// Streams and events.
#include "api.h"
#include "device_memory.h"
#include "graphs.h"
#include "streams.h"

using namespace lamina::sim;

// A poll answers "not ready" this often before the simulated device makes progress on its own.
static constexpr int idle_polls = 2;

static CUresult create_stream(CUstream* handle, unsigned flags, int priority) {
    REQUIRE(handle != nullptr && flags <= CU_STREAM_NON_BLOCKING, CUDA_ERROR_INVALID_VALUE);
    auto stream = std::make_shared<Stream>();
    stream->flags = flags;
    stream->priority = priority;
    stream->handle = streams.add(stream);
    *handle = stream->handle;
    return CUDA_SUCCESS;
}

SIM_API cuStreamCreate(CUstream* stream, unsigned flags) {
    ENTER(context);
    return create_stream(stream, flags, 0);
}

SIM_API cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
    ENTER(context);
    return create_stream(stream, flags, priority);
}

SIM_API cuStreamDestroy_v2(CUstream handle) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamDestroy");
    REQUIRE(stream != nullptr && stream != legacy_stream(), CUDA_ERROR_INVALID_HANDLE);
    if (stream->capture != nullptr) {
        return invalidate_capture(*stream->capture, "cuStreamDestroy");
    }
    drain(stream); // work that is queued still runs; only the handle is gone
    streams.remove(handle);
    return CUDA_SUCCESS;
}

SIM_API cuStreamSynchronize(CUstream handle) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamSynchronize");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    CUresult refused = refuse_waiting_for_capture(stream.get(), "cuStreamSynchronize");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    count("synchronizations");
    if (stream == legacy_stream()) {
        drain_blocking();
    } else {
        drain(stream);
    }
    check_all_canaries("cuStreamSynchronize");
    return context.lost;
}

SIM_API cuStreamQuery(CUstream handle) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamQuery");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    CUresult refused = refuse_waiting_for_capture(stream.get(), "cuStreamQuery");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    REQUIRE(!stream->queue.empty(), CUDA_SUCCESS);
    if (++stream->polls > idle_polls) {
        run_one(stream);
    }
    return context.lost != CUDA_SUCCESS ? context.lost : CUDA_ERROR_NOT_READY;
}

SIM_API cuStreamGetPriority(CUstream handle, int* priority) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamGetPriority");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    *priority = stream->priority;
    return CUDA_SUCCESS;
}

SIM_API cuStreamGetFlags(CUstream handle, unsigned* flags) {
    ENTER(context);
    auto stream = find_stream(handle, "cuStreamGetFlags");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    *flags = stream->flags;
    return CUDA_SUCCESS;
}

SIM_API cuStreamGetCtx(CUstream handle, CUcontext* context_handle) {
    ENTER(context);
    REQUIRE(find_stream(handle, "cuStreamGetCtx") != nullptr, CUDA_ERROR_INVALID_HANDLE);
    *context_handle = current_context();
    return CUDA_SUCCESS;
}

/** During capture, waiting for an event of another captured stream makes this stream part of that capture. */
static CUresult wait_in_capture(Stream& stream, Event& event) {
    auto capture = event.capture.lock();
    if (capture == nullptr) {
        stream.capture->invalid = true;
        problem("cuStreamWaitEvent during capture: the event was recorded outside of it");
        return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    }
    if (stream.capture != nullptr && stream.capture != capture) {
        stream.capture->invalid = true;
        capture->invalid = true;
        problem("cuStreamWaitEvent would merge two captures");
        return CUDA_ERROR_STREAM_CAPTURE_MERGE;
    }
    stream.capture = capture;
    stream.last_nodes.insert(stream.last_nodes.end(), event.nodes.begin(), event.nodes.end());
    return CUDA_SUCCESS;
}

SIM_API cuStreamWaitEvent(CUstream stream_handle, CUevent event_handle, unsigned) {
    ENTER(context);
    auto stream = find_stream(stream_handle, "cuStreamWaitEvent");
    auto event = find_event(event_handle, "cuStreamWaitEvent");
    REQUIRE(stream != nullptr && event != nullptr, CUDA_ERROR_INVALID_HANDLE);
    if (stream->capture != nullptr || event->captured) {
        return wait_in_capture(*stream, *event);
    }
    if (event->marker != nullptr) {
        Operation operation;
        operation.label = "cuStreamWaitEvent";
        operation.wait_for = event->marker;
        enqueue(stream, std::move(operation));
    }
    return CUDA_SUCCESS;
}

SIM_API cuEventCreate(CUevent* handle, unsigned flags) {
    ENTER(context);
    REQUIRE(handle != nullptr, CUDA_ERROR_INVALID_VALUE);
    auto event = std::make_shared<Event>();
    event->flags = flags;
    *handle = events.add(event);
    return CUDA_SUCCESS;
}

SIM_API cuEventDestroy_v2(CUevent handle) {
    ENTER(context);
    REQUIRE(find_event(handle, "cuEventDestroy") != nullptr, CUDA_ERROR_INVALID_HANDLE);
    events.remove(handle);
    return CUDA_SUCCESS;
}

static CUresult record_event(CUevent event_handle, CUstream stream_handle) {
    auto stream = find_stream(stream_handle, "cuEventRecord");
    auto event = find_event(event_handle, "cuEventRecord");
    REQUIRE(stream != nullptr && event != nullptr, CUDA_ERROR_INVALID_HANDLE);
    event->polls = 0;
    event->captured = stream->capture != nullptr;
    if (event->captured) {
        event->capture = stream->capture;
        event->nodes = stream->last_nodes;
        return stream->capture->invalid ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_SUCCESS;
    }
    event->marker = std::make_shared<Marker>();
    event->marker->stream = stream;
    Operation operation;
    operation.label = "cuEventRecord";
    operation.record = event->marker;
    enqueue(stream, std::move(operation));
    return CUDA_SUCCESS;
}

SIM_API cuEventRecord(CUevent event, CUstream stream) {
    ENTER(context);
    return record_event(event, stream);
}

SIM_API cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
    ENTER(context);
    REQUIRE(flags == 0, CUDA_ERROR_NOT_SUPPORTED);
    return record_event(event, stream);
}

/** An event last recorded in a capture has no time at which it happens, so it cannot be waited for. */
static CUresult refuse_captured(Event& event, const char* function) {
    if (!event.captured) {
        return CUDA_SUCCESS;
    }
    problem("%s: the event was last recorded in a stream that is being captured", function);
    if (auto capture = event.capture.lock()) {
        capture->invalid = true;
    }
    return CUDA_ERROR_CAPTURED_EVENT;
}

SIM_API cuEventSynchronize(CUevent handle) {
    ENTER(context);
    auto event = find_event(handle, "cuEventSynchronize");
    REQUIRE(event != nullptr, CUDA_ERROR_INVALID_HANDLE);
    CUresult refused = refuse_captured(*event, "cuEventSynchronize");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    count("synchronizations");
    if (event->marker != nullptr) {
        run_until(event->marker);
    }
    check_all_canaries("cuEventSynchronize");
    return context.lost;
}

SIM_API cuEventQuery(CUevent handle) {
    ENTER(context);
    auto event = find_event(handle, "cuEventQuery");
    REQUIRE(event != nullptr, CUDA_ERROR_INVALID_HANDLE);
    CUresult refused = refuse_captured(*event, "cuEventQuery");
    REQUIRE(refused == CUDA_SUCCESS, refused);
    REQUIRE(event->marker != nullptr && !event->marker->reached, CUDA_SUCCESS);
    auto stream = event->marker->stream.lock();
    if (stream == nullptr) {
        event->marker->reached = true;
        return CUDA_SUCCESS;
    }
    if (++event->polls > idle_polls) {
        run_one(stream);
    }
    return context.lost != CUDA_SUCCESS ? context.lost : CUDA_ERROR_NOT_READY;
}

SIM_API cuEventElapsedTime(float* milliseconds, CUevent start_handle, CUevent end_handle) {
    ENTER(context);
    auto start = find_event(start_handle, "cuEventElapsedTime");
    auto end = find_event(end_handle, "cuEventElapsedTime");
    REQUIRE(start != nullptr && end != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(start->marker != nullptr && end->marker != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING) == 0, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(start->marker->reached && end->marker->reached, CUDA_ERROR_NOT_READY);
    *milliseconds = float(end->marker->milliseconds - start->marker->milliseconds);
    return CUDA_SUCCESS;
}

SIM_API cuLaunchHostFunc(CUstream handle, CUhostFn function, void* argument) {
    ENTER(context);
    auto stream = find_stream(handle, "cuLaunchHostFunc");
    REQUIRE(stream != nullptr, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(function != nullptr, CUDA_ERROR_INVALID_VALUE);
    Work work{CU_GRAPH_NODE_TYPE_HOST, "cuLaunchHostFunc", {}, {}};
    work.issue = [=]() -> Task {
        return [=]() -> CUresult {
            context.inside_host_function = true;
            function(argument);
            context.inside_host_function = false;
            return CUDA_SUCCESS;
        };
    };
    return submit(stream, work);
}
