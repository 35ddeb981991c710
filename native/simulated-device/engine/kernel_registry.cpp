// The kernels of this build by name. Filled by static initialisers, hence the function-local map; never destroyed,
// because the JVM may still be running threads while static destructors run.
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "engine.h"

namespace lamina::sim {

static std::unordered_map<std::string, Kernel>& registry() {
    static auto* kernels = new std::unordered_map<std::string, Kernel>();
    return *kernels;
}

bool register_kernel(const Kernel& kernel) {
    if (!registry().emplace(kernel.name, kernel).second) {
        std::fprintf(stderr, "simulated device: two kernels are named %s\n", kernel.name);
        std::abort();
    }
    return true;
}

const Kernel* find_kernel(const std::string& name) {
    auto found = registry().find(name);
    return found == registry().end() ? nullptr : &found->second;
}

} // namespace lamina::sim
