/*
 * A library that calls itself libcublas.so.12 and hands every call on to the libcublas.so.13 in the process. Its
 * functions are jumps through a table (generate.sh makes them from functions.txt); this fills the table when the library
 * is loaded. A function that cuBLAS 13 lacks answers CUBLAS_STATUS_NOT_SUPPORTED.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

extern void *lamina_bridge_table[];
extern const char lamina_bridge_names[];

static const int not_supported = 15;
static int missing;
static int functions;
static char failure[512];

static int answer_not_supported(void) { return not_supported; }

/* Whoever loads the bridge has loaded cuBLAS 13 by its path before; the name alone then finds it. */
static void *open_target(void) {
    void *library = dlopen("libcublas.so.13", RTLD_LAZY | RTLD_NOLOAD);
    return library != NULL ? library : dlopen("libcublas.so.13", RTLD_LAZY);
}

__attribute__((constructor)) static void fill_table(void) {
    void *library = open_target();
    if (library == NULL) {
        const char *why = dlerror();
        snprintf(failure, sizeof failure, "%s", why != NULL ? why : "libcublas.so.13 did not load");
    }
    for (const char *name = lamina_bridge_names; *name != '\0'; name += strlen(name) + 1) {
        void *function = library != NULL ? dlsym(library, name) : NULL;
        if (function == NULL) {
            missing++;
            function = (void *)answer_not_supported;
        }
        lamina_bridge_table[functions++] = function;
    }
}

/* For Lamina and its tests. */
#define EXPORT __attribute__((visibility("default")))

/* How many functions the bridge has. */
EXPORT int lamina_bridge_functions(void) { return functions; }

/* How many of them cuBLAS 13 lacks: all of them if it was not found. */
EXPORT int lamina_bridge_missing(void) { return missing; }

/* Why cuBLAS 13 was not found; empty if it was. */
EXPORT const char *lamina_bridge_failure(void) { return failure; }
