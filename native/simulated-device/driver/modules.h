// Loaded modules and their functions: entries of a PTX text, each with the kernel of the same name in the host build.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "../engine/engine.h"
#include "cuda_abi.h"
#include "handles.h"
#include "ptx.h"

namespace lamina::sim {

struct Function {
    std::string name;
    PtxEntry entry;
    const Kernel* kernel = nullptr; // null: the PTX has it and the host build has not
    CUmodule module = nullptr;
    int ptx_version = 0;
    int max_dynamic_shared = 48 << 10;
};

struct Module {
    std::map<std::string, CUfunction> functions;
};

extern Handles<CUmodule, Module>& modules;
extern Handles<CUfunction, Function>& functions;

void discard_modules();

} // namespace lamina::sim
