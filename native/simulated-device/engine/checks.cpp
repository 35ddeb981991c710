// Kernels are compiled with -fsanitize=alignment,bounds. The compiler then calls these functions, which libubsan would
// define, when an access is misaligned (the device faults; x86 often does not) or an array index is out of range.
#include <cstdint>

#include "block_runner.h"

namespace {

// The layouts are gcc's and clang's, unchanged since libubsan exists.
struct SourceLocation {
    const char* file;
    uint32_t line;
    uint32_t column;
};

struct TypeDescriptor {
    uint16_t kind;
    uint16_t info;
    char name[1];
};

struct TypeMismatch {
    SourceLocation location;
    const TypeDescriptor* type;
    unsigned char log_alignment;
    unsigned char kind;
};

struct OutOfBounds {
    SourceLocation location;
    const TypeDescriptor* array_type;
    const TypeDescriptor* index_type;
};

const char* base_name(const char* path) {
    const char* name = path;
    for (const char* c = path; *c != 0; c++) {
        if (*c == '/') {
            name = c + 1;
        }
    }
    return name;
}

} // namespace

using lamina::sim::end_kernel;
using lamina::sim::Outcome;

extern "C" __attribute__((visibility("hidden"), noreturn)) void
__ubsan_handle_type_mismatch_v1_abort(TypeMismatch* data, uintptr_t address) {
    end_kernel(Outcome::misaligned, "%s:%u: access to %s at 0x%lx, which is no multiple of %u",
               base_name(data->location.file), data->location.line, data->type->name, (unsigned long)(address),
               1u << data->log_alignment);
}

extern "C" __attribute__((visibility("hidden"), noreturn)) void
__ubsan_handle_out_of_bounds_abort(OutOfBounds* data, uintptr_t index) {
    end_kernel(Outcome::trap, "%s:%u: index %ld is out of range for %s", base_name(data->location.file),
               data->location.line, long(index), data->array_type->name);
}
