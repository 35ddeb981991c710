// The functions for tests, and those for the cuBLAS stand-in (see library_interface.h).
#include <cstdio>
#include <cstring>

#include "../engine/engine.h"
#include "api.h"
#include "device_memory.h"
#include "graphs.h"
#include "library_interface.h"
#include "streams.h"

using namespace lamina::sim;

using Lock = std::lock_guard<std::recursive_mutex>;

SIM_EXPORT int lamina_sim_problem_count() {
    Lock lock(device_lock());
    return problem_count();
}

/** The text stays valid until the problems are cleared; null for an index that does not exist. */
SIM_EXPORT const char* lamina_sim_problem(int index) {
    Lock lock(device_lock());
    return problem_text(index);
}

SIM_EXPORT void lamina_sim_clear_problems() {
    Lock lock(device_lock());
    clear_problems();
}

/**
 * Between tests: runs what is queued, then forgets problems, counters, injected errors, a lost context and changed
 * settings, and starts the schedule anew from the seed. Memory, streams, events and modules stay.
 */
SIM_EXPORT void lamina_sim_reset(uint64_t seed) {
    Lock lock(device_lock());
    drain_all();
    for (auto& entry : streams) {
        entry.second->capture = nullptr; // of a test that failed on the way
    }
    context.lost = CUDA_SUCCESS;
    settings = Settings::from_environment();
    settings.seed = seed;
    set_engine_seed(seed);
    set_scheduler_seed(seed);
    clear_injected_errors();
    clear_problems();
    clear_counters();
}

/** By name: see README.md. Unknown names are 0. */
SIM_EXPORT long lamina_sim_counter(const char* name) {
    Lock lock(device_lock());
    if (std::strcmp(name, "live_bytes") == 0) {
        return long(live_device_bytes());
    }
    if (std::strcmp(name, "live_allocations") == 0) {
        return live_device_allocations();
    }
    if (std::strcmp(name, "live_streams") == 0) {
        return long(streams.size());
    }
    if (std::strcmp(name, "live_events") == 0) {
        return long(events.size());
    }
    return counter(name);
}

/** Lets the after-th call of the function from now on (1: the next) answer `code` and do nothing. */
SIM_EXPORT void lamina_sim_fail(const char* function, int after, int code) {
    Lock lock(device_lock());
    inject_error(function, after, code);
}

SIM_EXPORT void lamina_sim_set_memory(uint64_t bytes) {
    Lock lock(device_lock());
    settings.memory_bytes = bytes;
}

SIM_EXPORT void lamina_sim_set_driver_version(int version) {
    Lock lock(device_lock());
    settings.driver_version = version;
}

SIM_EXPORT void lamina_sim_set_compute_capability(int capability) {
    Lock lock(device_lock());
    settings.compute_capability = capability;
}

/** Text with a line for each live allocation; valid until the next call. Empty when there is none. */
SIM_EXPORT const char* lamina_sim_live_allocations() {
    Lock lock(device_lock());
    static std::string& text = *new std::string();
    text = list_live_allocations();
    return text.c_str();
}

/** Checks the canaries of all live memory now, without running anything. */
SIM_EXPORT void lamina_sim_check_memory() {
    Lock lock(device_lock());
    check_all_canaries("lamina_sim_check_memory", true);
}

SIM_EXPORT int lamina_sim_library_submit(CUstream handle, const char* label, LibraryTask run, void (*drop)(void*),
                                         void* argument) {
    Call call("a cuBLAS function", Needs::context); // its own name was checked for injected errors already
    std::shared_ptr<void> owner(argument, drop);
    if (call.status() != CUDA_SUCCESS) {
        return call.status();
    }
    auto stream = find_stream(handle, label);
    if (stream == nullptr) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    Work work{CU_GRAPH_NODE_TYPE_KERNEL, label, {}, {}};
    work.issue = [owner, run]() -> Task {
        count("gemms");
        return [owner, run]() -> CUresult { return CUresult(run(owner.get())); };
    };
    return submit(stream, work);
}

SIM_EXPORT int lamina_sim_library_check_range(uint64_t address, uint64_t bytes, const char* what) {
    Lock lock(device_lock());
    return check_range(address, bytes, what);
}

SIM_EXPORT void lamina_sim_library_problem(const char* text) {
    Lock lock(device_lock());
    problem("%s", text);
}

SIM_EXPORT void lamina_sim_library_count(const char* name) {
    Lock lock(device_lock());
    count(name);
}

SIM_EXPORT int lamina_sim_library_injected_error(const char* function) {
    Lock lock(device_lock());
    return injected_error(function);
}

SIM_EXPORT int lamina_sim_library_context_is_current() {
    Lock lock(device_lock());
    return context.active() && current_context() != nullptr;
}
