/*
 * test with BRIDGE LIBCUDA FOLDER_OF_13: the bridge over the stand-in, which lacks cublasSgeam.
 * test without BRIDGE: the bridge where there is no cuBLAS 13.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "cublas-bridge: expected that %s\n", what);
        exit(1);
    }
}

static void *load(const char *folder, const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    void *library = dlopen(path, RTLD_LAZY);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return library;
}

typedef int (*number)(void);
typedef const char *(*text)(void);
typedef int (*start)(unsigned);
typedef int (*retain)(void **, int);
typedef int (*make_current)(void *);
typedef int (*create)(void **);
typedef int (*get_version)(void *, int *);

int main(int count, char **arguments) {
    require(count >= 3, "there are arguments");
    int with = strcmp(arguments[1], "with") == 0;
    void *thirteen = NULL;
    if (with) {
        void *driver = dlopen(arguments[3], RTLD_LAZY);
        require(driver != NULL, "the driver's stand-in loads");
        void *context = NULL;
        require(((start)dlsym(driver, "cuInit"))(0) == 0, "the driver starts");
        require(((retain)dlsym(driver, "cuDevicePrimaryCtxRetain"))(&context, 0) == 0, "there is a context");
        require(((make_current)dlsym(driver, "cuCtxSetCurrent"))(context) == 0, "the context is current");
        load(arguments[4], "libcublasLt.so.13");
        thirteen = load(arguments[4], "libcublas.so.13");
    }
    void *bridge = dlopen(arguments[2], RTLD_LAZY);
    require(bridge != NULL, "the bridge loads");
    require(dlopen("libcublas.so.12", RTLD_LAZY | RTLD_NOLOAD) == bridge, "the bridge is found as libcublas.so.12");
    int functions = ((number)dlsym(bridge, "lamina_bridge_functions"))();
    int missing = ((number)dlsym(bridge, "lamina_bridge_missing"))();
    const char *failure = ((text)dlsym(bridge, "lamina_bridge_failure"))();
    void *handle = NULL;
    int created = ((create)dlsym(bridge, "cublasCreate_v2"))(&handle);
    if (with) {
        require(functions > 400, "the bridge has functions");
        require(missing == 1, "one function, cublasSgeam, is missing");
        require(failure[0] == '\0', "nothing failed");
        require(((number)dlsym(bridge, "cublasSgeam"))() == 15, "a missing function answers NOT_SUPPORTED");
        require(created == 0 && handle != NULL, "cublasCreate is passed on");
        int direct = 0, bridged = 0;
        ((get_version)dlsym(thirteen, "cublasGetVersion_v2"))(handle, &direct);
        ((get_version)dlsym(bridge, "cublasGetVersion_v2"))(handle, &bridged);
        require(direct != 0 && direct == bridged, "arguments and results are passed on");
    } else {
        require(missing == functions, "every function is missing");
        require(strstr(failure, "libcublas.so.13") != NULL, "the failure names libcublas.so.13");
        require(created == 15, "every function answers NOT_SUPPORTED");
    }
    return 0;
}
