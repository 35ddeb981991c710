// What the driver has to know of a PTX text: versions, and each entry's name and parameters. The instructions are not
// looked at; kernels run from their host build.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace lamina::sim {

struct PtxEntry {
    std::vector<unsigned> parameter_sizes;
    unsigned max_threads = 1024;    // .maxntid, from __launch_bounds__
    unsigned static_shared_bytes = 0;
};

struct PtxModule {
    int version = 0; // 85 for .version 8.5
    int target = 0;  // 80 for .target sm_80
    std::map<std::string, PtxEntry> entries;
};

/** False, with the reason in `error`, for what is no PTX. */
bool parse_ptx(const char* text, PtxModule& module, std::string& error);

} // namespace lamina::sim
