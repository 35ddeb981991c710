// Properties of the simulated device: those of a small data-centre GPU.
#include <cstdio>
#include <cstring>

#include "api.h"

using namespace lamina::sim;

SIM_API cuDeviceGetCount(int* devices) {
    ENTER(driver);
    REQUIRE(devices != nullptr, CUDA_ERROR_INVALID_VALUE);
    *devices = settings.devices;
    return CUDA_SUCCESS;
}

SIM_API cuDeviceGet(CUdevice* device, int ordinal) {
    ENTER(driver);
    REQUIRE(device != nullptr, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(ordinal == 0, CUDA_ERROR_INVALID_DEVICE);
    *device = 0;
    return CUDA_SUCCESS;
}

SIM_API cuDeviceGetName(char* name, int capacity, CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    REQUIRE(name != nullptr && capacity > 0, CUDA_ERROR_INVALID_VALUE);
    snprintf(name, size_t(capacity), "Lamina simulated device");
    return CUDA_SUCCESS;
}

SIM_API cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    *bytes = settings.memory_bytes;
    return CUDA_SUCCESS;
}

SIM_API cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    *major = settings.compute_capability / 10;
    *minor = settings.compute_capability % 10;
    return CUDA_SUCCESS;
}

SIM_API cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    std::memcpy(uuid->bytes, "lamina-simulated", sizeof(uuid->bytes));
    return CUDA_SUCCESS;
}

SIM_API cuDeviceGetPCIBusId(char* id, int capacity, CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    snprintf(id, size_t(capacity), "0000:00:00.0");
    return CUDA_SUCCESS;
}

static int attribute_value(int attribute) {
    switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
        return 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
        return 64;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
        return 0x7fffffff;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
        return 65535;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
        return 48 << 10;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
        return 227 << 10;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR:
        return 228 << 10;
    case CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY:
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR:
        return 65536;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
        return 32;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
        return 1000000;
    case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE:
        return 1000000;
    case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH:
        return 256;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
        return 4 << 20;
    case CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT:
        return 512;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
        return 4; // few, so that grid-stride loops go round more than once
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR:
        return 2048;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR:
        return 32;
    case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT:
        return 2;
    case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
    case CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS:
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
        return 1;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
        return settings.compute_capability / 10;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
        return settings.compute_capability % 10;
    default:
        return 0; // the feature that the attribute asks about is not there: memory pools, cooperative launch, ...
    }
}

SIM_API cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
    ENTER(driver);
    REQUIRE(device == 0, CUDA_ERROR_INVALID_DEVICE);
    REQUIRE(value != nullptr && attribute > 0, CUDA_ERROR_INVALID_VALUE);
    *value = attribute_value(attribute);
    return CUDA_SUCCESS;
}
