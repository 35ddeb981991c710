// Runs the tests, each after a reset, under several seeds. Arguments: the folder with the PTX files.
#include <cstring>
#include <fstream>
#include <sstream>

#include "checks.h"

namespace test {

std::string ptx_folder;

std::string read_file(const std::string& name) {
    std::ifstream file(ptx_folder + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

static void set_up() {
    CUcontext context;
    if (cuInit(0) != CUDA_SUCCESS || cuDevicePrimaryCtxRetain(&context, 0) != CUDA_SUCCESS ||
        cuCtxSetCurrent(context) != CUDA_SUCCESS ||
        cuModuleLoadData(&module, read_file("kernels.ptx").c_str()) != CUDA_SUCCESS ||
        cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS) {
        std::fprintf(stderr, "cannot set up the simulated device\n%s", problems().c_str());
        std::exit(1);
    }
}

} // namespace test

int main(int arguments, char** values) {
    test::ptx_folder = arguments > 1 ? values[1] : ".";
    int count = 0;
    for (uint64_t seed : {0, 1, 2, 4711}) {
        for (const test::Case& each : test::cases()) {
            test::running = each.name;
            test::set_up(); // each test has a context of its own
            lamina_sim_reset(seed);
            int before = test::failures;
            each.run();
            if (test::failures > before) {
                std::fprintf(stderr, "FAILED: %s, seed %lu\n", each.name, seed);
            }
            lamina_sim_reset(seed);
            cuDevicePrimaryCtxRelease_v2(0);
            int active = 0;
            unsigned flags = 0;
            while (cuDevicePrimaryCtxGetState(0, &flags, &active) == CUDA_SUCCESS && active != 0) {
                cuDevicePrimaryCtxRelease_v2(0);
            }
            if (lamina_sim_problem_count() > 0) {
                test::fail(__FILE__, __LINE__, std::string("after the test: ") + test::problems());
            }
            count++;
        }
    }
    std::printf("%d tests, %d failures\n", count, test::failures);
    return test::failures > 0;
}
