// How a kernel becomes an entry that the simulated driver can find by name and run.
//
// The body of a kernel is a plain function. `KernelOf<&kernel>::run` calls it once per thread of the grid:
// begin_thread() hands out the next thread and sets threadIdx and blockIdx, or says that there is none left for this
// fiber. A kernel that never waits runs all its threads in this one loop, with no switch between fibers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace lamina::sim {

struct Parameter {
    unsigned size;
    unsigned alignment;
    bool pointer;
};

struct Kernel {
    const char* name;
    const Parameter* parameters;
    unsigned parameter_count;
    void (*run)(void** arguments);
    char* shared_begin;
    char* shared_end;
};

/** The next thread of the grid that nobody has started; false when this fiber has nothing left to do. */
bool begin_thread();

/** Called by static initialisers of the generated registrations; returns a value so that one can be written. */
bool register_kernel(const Kernel& kernel);

template <auto Function>
struct KernelOf;

template <class... Arguments, void (*Function)(Arguments...)>
struct KernelOf<Function> {
    static constexpr Parameter parameters[sizeof...(Arguments) + 1] = {
        {unsigned(sizeof(Arguments)), unsigned(alignof(Arguments)), std::is_pointer_v<Arguments>}..., {0, 0, false}};

    template <size_t... Index>
    static void call(void** arguments, std::index_sequence<Index...>) {
        while (begin_thread()) {
            Function(*static_cast<std::remove_cv_t<Arguments>*>(arguments[Index])...);
        }
    }

    static void run(void** arguments) { call(arguments, std::index_sequence_for<Arguments...>{}); }

    static Kernel entry(const char* name, char* shared_begin, char* shared_end) {
        return {name, parameters, unsigned(sizeof...(Arguments)), &run, shared_begin, shared_end};
    }
};

} // namespace lamina::sim

#define LAMINA_SIM_JOIN_(a, b) a##b
#define LAMINA_SIM_JOIN(a, b) LAMINA_SIM_JOIN_(a, b)
#define LAMINA_SIM_SHARED_BEGIN LAMINA_SIM_JOIN(__start_, LAMINA_SIM_SHARED_SECTION)
#define LAMINA_SIM_SHARED_END LAMINA_SIM_JOIN(__stop_, LAMINA_SIM_SHARED_SECTION)

// The linker defines these two for a section that exists; weak, because most files have no shared variable.
extern "C" __attribute__((weak, visibility("hidden"))) char LAMINA_SIM_SHARED_BEGIN[];
extern "C" __attribute__((weak, visibility("hidden"))) char LAMINA_SIM_SHARED_END[];

#define LAMINA_SIM_REGISTER(kernel)                                                                                    \
    static const bool LAMINA_SIM_JOIN(registered_, kernel) = lamina::sim::register_kernel(                             \
        lamina::sim::KernelOf<&kernel>::entry(#kernel, LAMINA_SIM_SHARED_BEGIN, LAMINA_SIM_SHARED_END));
