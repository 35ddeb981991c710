#include "problem.h"

#include <cstdarg>
#include <cstdio>

#include "../driver/library_interface.h"

namespace lamina::sim {

void blas_problem(const char* function, const char* format, ...) {
    char reason[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    char text[500];
    snprintf(text, sizeof(text), "%s: %s", function, reason);
    lamina_sim_library_problem(text);
}

} // namespace lamina::sim
