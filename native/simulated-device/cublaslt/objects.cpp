#include "objects.h"

#include <cstring>
#include <mutex>
#include <set>

namespace lamina::sim {

static std::mutex& objects_lock = *new std::mutex();
static std::set<const LtObject*>& objects = *new std::set<const LtObject*>();

static const char* name(Kind kind) {
    switch (kind) {
    case Kind::handle:
        return "handle";
    case Kind::description:
        return "description of a product";
    case Kind::layout:
        return "layout";
    default:
        return "preference";
    }
}

bool is_live(const LtObject* object, Kind kind, const char* function) {
    std::lock_guard<std::mutex> lock(objects_lock);
    if (objects.count(object) != 0 && object->kind == kind) {
        return true;
    }
    blas_problem(function, "%p is no %s, or a destroyed one", static_cast<const void*>(object), name(kind));
    return false;
}

static LtObject* create(Kind kind) {
    auto* object = new LtObject{kind, {}};
    std::lock_guard<std::mutex> lock(objects_lock);
    objects.insert(object);
    return object;
}

// The object stays, so that its address is not given out again and a later use is recognised.
static int destroy(LtObject* object, Kind kind, const char* function) {
    if (!is_live(object, kind, function)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    std::lock_guard<std::mutex> lock(objects_lock);
    objects.erase(object);
    return CUBLAS_STATUS_SUCCESS;
}

using Sizes = std::map<int, size_t>;

// Those that are not used by Lamina, and mean something, are left out: an unknown attribute is refused.
static const Sizes& sizes(Kind kind) {
    static const Sizes description{{0, 4}, {1, 4}, {2, 4}, {3, 4}, {4, 4}, {5, 4}, {7, 4}, {8, 8}, {11, 8}, {12, 8}, {22, 4}, {26, 4}};
    static const Sizes layout{{0, 4}, {1, 4}, {2, 8}, {3, 8}, {4, 8}, {5, 4}, {6, 8}};
    static const Sizes preference{{0, 4}, {1, 8}, {3, 4}, {5, 4}, {6, 4}, {7, 4}, {8, 4}};
    return kind == Kind::description ? description : kind == Kind::layout ? layout : preference;
}

static int set_attribute(LtObject* object, Kind kind, int attribute, const void* buffer, size_t bytes,
                         const char* function) {
    if (!is_live(object, kind, function)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    auto size = sizes(kind).find(attribute);
    if (size == sizes(kind).end()) {
        blas_problem(function, "attribute %d of a %s is not known here", attribute, name(kind));
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (buffer == nullptr || bytes != size->second) {
        blas_problem(function, "attribute %d of a %s is %zu bytes from %p; it has %zu", attribute, name(kind), bytes,
                     buffer, size->second);
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    uint64_t value = 0;
    std::memcpy(&value, buffer, bytes);
    object->attributes[attribute] = value;
    return CUBLAS_STATUS_SUCCESS;
}

} // namespace lamina::sim

using namespace lamina::sim;

LT_API cublasLtCreate(LtObject** handle) {
    ENTER_LT
    if (handle == nullptr) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (!lamina_sim_library_context_is_current()) {
        blas_problem(__func__, "no context is current");
        return CUBLAS_STATUS_NOT_INITIALIZED;
    }
    *handle = create(Kind::handle);
    return CUBLAS_STATUS_SUCCESS;
}

LT_API cublasLtDestroy(LtObject* handle) {
    ENTER_LT
    return destroy(handle, Kind::handle, __func__);
}

extern "C" __attribute__((visibility("default"))) size_t cublasLtGetVersion() {
    return 120600;
}

LT_API cublasLtMatmulDescCreate(LtObject** description, int compute_type, int scale_type) {
    ENTER_LT
    *description = create(Kind::description);
    (*description)->attributes = {{CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, uint64_t(compute_type)},
                                  {CUBLASLT_MATMUL_DESC_SCALE_TYPE, uint64_t(scale_type)}};
    return CUBLAS_STATUS_SUCCESS;
}

LT_API cublasLtMatmulDescDestroy(LtObject* description) {
    ENTER_LT
    return destroy(description, Kind::description, __func__);
}

LT_API cublasLtMatmulDescSetAttribute(LtObject* description, int attribute, const void* buffer, size_t bytes) {
    ENTER_LT
    return set_attribute(description, Kind::description, attribute, buffer, bytes, __func__);
}

LT_API cublasLtMatrixLayoutCreate(LtObject** layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
    ENTER_LT
    *layout = create(Kind::layout);
    (*layout)->attributes = {{CUBLASLT_MATRIX_LAYOUT_TYPE, uint64_t(type)},
                             {CUBLASLT_MATRIX_LAYOUT_ROWS, rows},
                             {CUBLASLT_MATRIX_LAYOUT_COLS, columns},
                             {CUBLASLT_MATRIX_LAYOUT_LD, uint64_t(leading)}};
    return CUBLAS_STATUS_SUCCESS;
}

LT_API cublasLtMatrixLayoutDestroy(LtObject* layout) {
    ENTER_LT
    return destroy(layout, Kind::layout, __func__);
}

LT_API cublasLtMatrixLayoutSetAttribute(LtObject* layout, int attribute, const void* buffer, size_t bytes) {
    ENTER_LT
    return set_attribute(layout, Kind::layout, attribute, buffer, bytes, __func__);
}

LT_API cublasLtMatmulPreferenceCreate(LtObject** preference) {
    ENTER_LT
    *preference = create(Kind::preference);
    return CUBLAS_STATUS_SUCCESS;
}

LT_API cublasLtMatmulPreferenceDestroy(LtObject* preference) {
    ENTER_LT
    return destroy(preference, Kind::preference, __func__);
}

LT_API cublasLtMatmulPreferenceSetAttribute(LtObject* preference, int attribute, const void* buffer, size_t bytes) {
    ENTER_LT
    return set_attribute(preference, Kind::preference, attribute, buffer, bytes, __func__);
}
