// Laziness, events, pinned memory, capture.
#include <cmath>
#include <thread>

#include "checks.h"

using namespace test;

static CUstream new_stream() {
    CUstream handle;
    cuStreamCreate(&handle, CU_STREAM_NON_BLOCKING);
    return handle;
}

static CUevent new_event() {
    CUevent handle;
    cuEventCreate(&handle, 0);
    return handle;
}

// ---- the order of work

/** Whether a kernel on one stream sees what a copy on another stream brought, with or without an event between. */
static bool second_stream_sees_it(bool with_event) {
    Pinned source(4);
    for (int i = 0; i < 4; i++) {
        source.values[i] = 1;
    }
    CUstream other = new_stream();
    Buffer x(ramp(4, 0, 0));
    Buffer y(ramp(4, 0, 0));
    Buffer sum(4);
    cuMemcpyHtoDAsync_v2(x.address, source.values, 16, stream);
    if (with_event) {
        CUevent event = new_event();
        cuEventRecord(event, stream);
        cuStreamWaitEvent(other, event, 0);
    }
    launch_on(other, "add", 1, 32, 0, x.address, y.address, sum.address, 4);
    cuStreamSynchronize(other);
    bool seen = sum.read()[0] == 1.0f;
    cuStreamSynchronize(stream);
    return seen;
}

TEST(missing_synchronisation_between_streams_shows) {
    lamina_sim_reset(0);
    CHECK(!second_stream_sees_it(false)); // late: nothing runs on the first stream until somebody waits for it
    lamina_sim_reset(1);
    CHECK(second_stream_sees_it(false)); // early: by luck it is right, as on a device
    CHECK_NO_PROBLEM();
}

TEST(event_orders_streams) {
    CHECK(second_stream_sees_it(true));
    CHECK_NO_PROBLEM();
}

TEST(missing_synchronisation_with_the_host_shows) {
    Pinned target(4);
    target.values[0] = -1;
    Buffer x(ramp(4, 7));
    CHECK_OK(cuMemcpyDtoHAsync_v2(target.values, x.address, 16, stream));
    CHECK(target.values[0] == -1);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(target.values[0] == 7);
    CHECK_NO_PROBLEM();
}

TEST(synchronous_copies_do_not_wait_for_non_blocking_streams) {
    lamina_sim_reset(0);
    Buffer x(ramp(4));
    launch_on(stream, "scale_grid_stride", 1, 32, 0, x.address, 10.0f, 4ll);
    CHECK(x.read()[1] == 1);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(x.read()[1] == 10);
    CUstream blocking;
    CHECK_OK(cuStreamCreate(&blocking, 0));
    launch_on(blocking, "scale_grid_stride", 1, 32, 0, x.address, 10.0f, 4ll);
    CHECK(x.read()[1] == 100);
}

TEST(memset_without_a_stream_is_not_ordered_before_a_non_blocking_stream) {
    lamina_sim_reset(0);
    Buffer x(ramp(4, 1));
    CHECK_OK(cuMemsetD32_v2(x.address, 0, 4)); // queued on the legacy default stream
    launch_on(stream, "scale_grid_stride", 1, 32, 0, x.address, 10.0f, 4ll);
    CHECK_OK(cuStreamSynchronize(stream));
    Pinned result(4);
    CHECK_OK(cuMemcpyDtoHAsync_v2(result.values, x.address, 16, stream));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(result.values[3] == 40);
    CHECK_OK(cuCtxSynchronize());
    CHECK(x.read()[3] == 0);
}

TEST(polls_make_progress) {
    Buffer x(ramp(4));
    CUevent event = new_event();
    launch_on(stream, "scale_grid_stride", 1, 32, 0, x.address, 2.0f, 4ll);
    CHECK_OK(cuEventRecord(event, stream));
    CHECK_CODE(CUDA_ERROR_NOT_READY, cuStreamQuery(stream));
    int polls = 0;
    while (cuEventQuery(event) == CUDA_ERROR_NOT_READY) {
        polls++;
    }
    CHECK(polls > 1 && polls < 20);
    CHECK_OK(cuStreamQuery(stream));
    CHECK_OK(cuEventDestroy_v2(event));
    CHECK_CODE(CUDA_ERROR_INVALID_HANDLE, cuEventQuery(event));
    CHECK_PROBLEM("cuEventQuery");
}

TEST(elapsed_time) {
    CUevent start = new_event();
    CUevent end = new_event();
    Buffer x(ramp(10000));
    CHECK_OK(cuEventRecord(start, stream));
    launch_on(stream, "scale_grid_stride", 10, 32, 0, x.address, 2.0f, 10000ll);
    CHECK_OK(cuEventRecord(end, stream));
    float milliseconds = -1;
    CHECK_CODE(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&milliseconds, start, end));
    CHECK_OK(cuEventSynchronize(end));
    CHECK_OK(cuEventElapsedTime(&milliseconds, start, end));
    CHECK(milliseconds > 0);
}

static void call_back(void* argument) {
    CUdeviceptr address;
    *static_cast<int*>(argument) = cuMemAlloc_v2(&address, 16);
}

TEST(host_function) {
    int code = -1;
    CHECK_OK(cuLaunchHostFunc(stream, call_back, &code));
    CHECK(code == -1);
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(code == CUDA_ERROR_NOT_PERMITTED);
    CHECK_PROBLEM("host function");
}

// ---- host memory

TEST(copy_with_pageable_memory) {
    Buffer x(4);
    std::vector<float> pageable(4);
    CHECK_OK(cuMemcpyHtoDAsync_v2(x.address, pageable.data(), 16, stream));
    CHECK_PROBLEM("is not pinned");
    CHECK_OK(cuMemcpyDtoHAsync_v2(pageable.data(), x.address, 16, stream));
    CHECK_PROBLEM("is not pinned");
    CHECK_OK(cuMemHostRegister_v2(pageable.data(), 16, 0));
    CHECK_OK(cuMemcpyHtoDAsync_v2(x.address, pageable.data(), 16, stream));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK_OK(cuMemHostUnregister(pageable.data()));
    CHECK_NO_PROBLEM();
}

TEST(pinned_source_changed_too_early) {
    Buffer x(4);
    Pinned source(4);
    source.values[0] = 1;
    CHECK_OK(cuMemcpyHtoDAsync_v2(x.address, source.values, 16, stream));
    source.values[0] = 2;
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK_PROBLEM("was changed before the copy had run");
}

TEST(pinned_source_freed_too_early) {
    Buffer x(4);
    {
        Pinned source(4);
        CHECK_OK(cuMemcpyHtoDAsync_v2(x.address, source.values, 16, stream));
    }
    CHECK_PROBLEM("a cuMemcpyHtoDAsync that uses it has not run yet");
}

// ---- capture

/** x = x * 2 + 3 in three nodes. */
static CUgraph capture_three_nodes(const Buffer& x, const Buffer& y, const Pinned& three) {
    CUgraph graph = nullptr;
    CHECK_OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    CHECK_OK(cuMemcpyHtoDAsync_v2(y.address, three.values, 16, stream));
    launch_on(stream, "scale_grid_stride", 1, 32, 0, x.address, 2.0f, 4ll);
    launch_on(stream, "add", 1, 32, 0, x.address, y.address, x.address, 4);
    CHECK_OK(cuStreamEndCapture(stream, &graph));
    return graph;
}

TEST(capture_and_replay) {
    Buffer x(ramp(4));
    Buffer y(4);
    Pinned three(4);
    for (int i = 0; i < 4; i++) {
        three.values[i] = 3;
    }
    CUgraph graph = capture_three_nodes(x, y, three);
    CHECK(x.read() == ramp(4)); // capture runs nothing
    size_t nodes = 0;
    CHECK_OK(cuGraphGetNodes(graph, nullptr, &nodes));
    CHECK(nodes == 3);
    CUgraphExec executable;
    CHECK_OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
    CHECK_OK(cuGraphDestroy(graph));
    CHECK_OK(cuGraphLaunch(executable, stream));
    CHECK_OK(cuGraphLaunch(executable, stream));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(x.read() == ramp(4, 9, 4));
    three.values[0] = 100; // between launches this is as it should be
    CHECK_OK(cuGraphLaunch(executable, stream));
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK(x.read()[0] == 118);
    CHECK(lamina_sim_counter("graph_launches") == 3);
    CHECK_OK(cuGraphExecDestroy(executable));
    CHECK_NO_PROBLEM();
    CHECK_CODE(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(executable, stream));
}

TEST(forked_capture) {
    CUstream other = new_stream();
    CUevent fork = new_event();
    CUevent join = new_event();
    Buffer x(ramp(4));
    Buffer y(ramp(4));
    CHECK_OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    launch_on(stream, "scale_grid_stride", 1, 32, 0, x.address, 2.0f, 4ll);
    CHECK_OK(cuEventRecord(fork, stream));
    CHECK_OK(cuStreamWaitEvent(other, fork, 0));
    launch_on(other, "scale_grid_stride", 1, 32, 0, y.address, 5.0f, 4ll);
    CHECK_OK(cuEventRecord(join, other));
    CHECK_OK(cuStreamWaitEvent(stream, join, 0));
    launch_on(stream, "add", 1, 32, 0, x.address, y.address, x.address, 4);
    CUgraph graph;
    CHECK_OK(cuStreamEndCapture(stream, &graph));
    CUgraphExec executable;
    CHECK_OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
    CHECK_OK(cuGraphLaunch(executable, other));
    CHECK_OK(cuStreamSynchronize(other));
    CHECK(x.read() == ramp(4, 0, 7));
    CHECK_NO_PROBLEM();
}

TEST(unjoined_capture) {
    CUstream other = new_stream();
    CUevent fork = new_event();
    Buffer y(ramp(4));
    CHECK_OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    CHECK_OK(cuEventRecord(fork, stream));
    CHECK_OK(cuStreamWaitEvent(other, fork, 0));
    launch_on(other, "scale_grid_stride", 1, 32, 0, y.address, 5.0f, 4ll);
    CUgraph graph;
    CHECK_CODE(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(other, &graph));
    CHECK_CODE(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, cuStreamEndCapture(stream, &graph));
    CHECK_PROBLEM("does not wait for");
}

/** That the call is refused during capture and that the capture is useless afterwards. */
template <class Action>
static void refused_during_capture(const char* what, CUresult expected, Action action) {
    CHECK_OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    CHECK_CODE(expected, action());
    CHECK_PROBLEM(what);
    int status = 0;
    CHECK_OK(cuStreamIsCapturing(stream, &status));
    CHECK(status == CU_STREAM_CAPTURE_STATUS_INVALIDATED);
    CUgraph graph = nullptr;
    CHECK_CODE(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, &graph));
    CHECK(graph == nullptr);
}

TEST(calls_that_capture_forbids) {
    CUdeviceptr address;
    Buffer x(4);
    std::vector<float> host(4);
    CUevent event = new_event();
    auto unsupported = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    refused_during_capture("cuStreamSynchronize", unsupported, [] { return cuStreamSynchronize(stream); });
    refused_during_capture("cuCtxSynchronize", unsupported, [] { return cuCtxSynchronize(); });
    refused_during_capture("cuMemAlloc", unsupported, [&] { return cuMemAlloc_v2(&address, 16); });
    refused_during_capture("cuMemFree", unsupported, [&] { return cuMemFree_v2(x.address); });
    refused_during_capture("cuMemcpyDtoH", unsupported, [&] { return cuMemcpyDtoH_v2(host.data(), x.address, 16); });
    refused_during_capture("not pinned", unsupported,
                           [&] { return cuMemcpyHtoDAsync_v2(x.address, host.data(), 16, stream); });
    refused_during_capture("cuEventSynchronize", CUDA_ERROR_CAPTURED_EVENT, [&] {
        cuEventRecord(event, stream);
        return cuEventSynchronize(event);
    });
    CHECK_OK(cuStreamSynchronize(stream));
    CHECK_NO_PROBLEM();
}

TEST(threads_share_the_context_and_not_its_currency) {
    CUresult without = CUDA_SUCCESS;
    std::thread([&] {
        CUdeviceptr address;
        without = cuMemAlloc_v2(&address, 16);
    }).join();
    CHECK(without == CUDA_ERROR_INVALID_CONTEXT);
}
