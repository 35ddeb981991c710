// Repeats recorded launches (see README.md) against CUDA's driver, without a JVM: under compute-sanitizer, which finds
// accesses outside of allocations, or on the simulated device. Compares no numbers.
//
//   replay DRIVER RECORD PTX...
//
// Exit code 0 if every launch ran, 1 if one failed or the simulated device found a problem, 2 for a wrong call or a
// driver that can't be used.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<char>;
using Address = unsigned long long;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

// The few functions of the driver that it takes. Their codes: 0 is success.
struct Driver {
    explicit Driver(const char* file) : library(dlopen(file, RTLD_NOW | RTLD_GLOBAL)) {
        if (library == nullptr) {
            fail(dlerror());
        }
        find(init, "cuInit");
        find(retain, "cuDevicePrimaryCtxRetain");
        find(makeCurrent, "cuCtxSetCurrent");
        find(synchronize, "cuCtxSynchronize");
        find(load, "cuModuleLoadData");
        find(function, "cuModuleGetFunction");
        find(allocate, "cuMemAlloc_v2");
        find(release, "cuMemFree_v2");
        find(upload, "cuMemcpyHtoD_v2");
        find(launch, "cuLaunchKernel");
        find(setAttribute, "cuFuncSetAttribute");
        // Only the simulated device has these.
        problemCount = reinterpret_cast<decltype(problemCount)>(dlsym(library, "lamina_sim_problem_count"));
        problem = reinterpret_cast<decltype(problem)>(dlsym(library, "lamina_sim_problem"));
        checkMemory = reinterpret_cast<decltype(checkMemory)>(dlsym(library, "lamina_sim_check_memory"));
        clearProblems = reinterpret_cast<decltype(clearProblems)>(dlsym(library, "lamina_sim_clear_problems"));
    }

    template <typename Function>
    void find(Function& target, const char* name) {
        target = reinterpret_cast<Function>(dlsym(library, name));
        if (target == nullptr) {
            fail(std::string("the driver has no ") + name);
        }
    }

    void* library;
    int (*init)(unsigned);
    int (*retain)(void**, int);
    int (*makeCurrent)(void*);
    int (*synchronize)();
    int (*load)(void**, const void*);
    int (*function)(void**, void*, const char*);
    int (*allocate)(Address*, size_t);
    int (*release)(Address);
    int (*upload)(Address, const void*, size_t);
    int (*launch)(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**);
    int (*setAttribute)(void*, int, int);
    int (*problemCount)();
    const char* (*problem)(int);
    void (*checkMemory)();
    void (*clearProblems)();
};

void check(int code, const std::string& doing) {
    if (code != 0) {
        fail(doing + " failed with CUDA error " + std::to_string(code));
    }
}

Bytes read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        fail("can't read " + file);
    }
    return {std::istreambuf_iterator<char>(in), {}};
}

// Walks over the bytes of a record.
class Cursor {
public:
    explicit Cursor(const Bytes& bytes) : bytes(bytes) {}

    bool atEnd() const { return at == bytes.size(); }

    template <typename Number>
    Number number() {
        Number value;
        std::memcpy(&value, take(sizeof value), sizeof value);
        return value;
    }

    const char* take(size_t count) {
        if (count > bytes.size() - at) {
            fail("the record is cut short at byte " + std::to_string(at));
        }
        at += count;
        return bytes.data() + at - count;
    }

private:
    const Bytes& bytes;
    size_t at = 0;
};

constexpr int MAX_DYNAMIC_SHARED_SIZE_BYTES = 8; // CU_FUNC_ATTRIBUTE_...

constexpr uint32_t MAGIC = 0x484E434C;

struct Launch {
    struct Link {
        uint32_t holder;
        uint64_t offset;
        uint32_t target;
        uint64_t delta;
    };

    explicit Launch(Cursor& in) {
        if (in.number<uint32_t>() != MAGIC) {
            fail("not a record of launches");
        }
        uint32_t length = in.number<uint32_t>();
        name.assign(in.take(length), length);
        grid = in.number<uint32_t>();
        block = in.number<uint32_t>();
        shared = in.number<uint32_t>();
        for (uint32_t i = in.number<uint32_t>(); i > 0; i--) {
            parameterBytes.push_back(in.number<uint32_t>());
        }
        for (uint32_t i = in.number<uint32_t>(); i > 0; i--) {
            uint32_t bytes = in.number<uint32_t>();
            const char* content = in.take(bytes);
            holders.emplace_back(content, content + bytes);
        }
        for (uint32_t i = in.number<uint32_t>(); i > 0; i--) {
            Link link{};
            link.holder = in.number<uint32_t>();
            link.offset = in.number<uint64_t>();
            link.target = in.number<uint32_t>();
            link.delta = in.number<uint64_t>();
            if (link.holder >= holders.size() || link.target >= holders.size() || link.target == 0
                || link.offset + sizeof(Address) > holders[link.holder].size()) {
                fail(name + ": a link leads out of the record");
            }
            links.push_back(link);
        }
    }

    // The parameters first, then the content of each block of device memory.
    std::string name;
    unsigned grid;
    unsigned block;
    unsigned shared;
    std::vector<size_t> parameterBytes;
    std::vector<Bytes> holders;
    std::vector<Link> links;
};

class Replay {
public:
    Replay(Driver& driver, const std::vector<std::string>& ptx) : driver(driver) {
        check(driver.init(0), "cuInit");
        void* context = nullptr;
        check(driver.retain(&context, 0), "opening the device");
        check(driver.makeCurrent(context), "making the context current");
        for (const std::string& file : ptx) {
            Bytes text = read(file);
            text.push_back('\0');
            void* module = nullptr;
            check(driver.load(&module, text.data()), "loading " + file);
            modules.push_back(module);
        }
    }

    void run(Launch& launch) {
        void* function = find(launch.name);
        std::vector<Address> blocks(launch.holders.size());
        for (size_t i = 1; i < blocks.size(); i++) {
            check(driver.allocate(&blocks[i], launch.holders[i].size()), "allocating for " + launch.name);
        }
        for (const Launch::Link& link : launch.links) {
            Address address = blocks[link.target] + link.delta;
            std::memcpy(launch.holders[link.holder].data() + link.offset, &address, sizeof address);
        }
        for (size_t i = 1; i < blocks.size(); i++) {
            check(driver.upload(blocks[i], launch.holders[i].data(), launch.holders[i].size()), "uploading");
        }
        std::vector<void*> parameters;
        char* value = launch.holders[0].data();
        for (size_t bytes : launch.parameterBytes) {
            parameters.push_back(value);
            value += (bytes + 7) / 8 * 8;
        }
        if (launch.shared > 0) {
            check(driver.setAttribute(function, MAX_DYNAMIC_SHARED_SIZE_BYTES, int(launch.shared)),
                  "allowing shared memory to " + launch.name);
        }
        std::string doing = launch.name + " grid (" + std::to_string(launch.grid) + ")";
        check(driver.launch(function, launch.grid, 1, 1, launch.block, 1, 1, launch.shared, nullptr, parameters.data(),
                            nullptr),
              doing);
        check(driver.synchronize(), doing);
        for (size_t i = 1; i < blocks.size(); i++) {
            check(driver.release(blocks[i]), "freeing after " + doing);
        }
    }

    // How many problems the simulated device has found since the last call; prints them.
    int problems() {
        if (driver.problemCount == nullptr) {
            return 0;
        }
        driver.checkMemory();
        int count = driver.problemCount();
        for (int i = 0; i < count; i++) {
            std::printf("PROBLEM %s\n", driver.problem(i));
        }
        driver.clearProblems();
        return count;
    }

private:
    void* find(const std::string& name) {
        for (void* module : modules) {
            void* function = nullptr;
            if (driver.function(&function, module, name.c_str()) == 0) {
                return function;
            }
        }
        fail("no PTX file holds " + name);
    }

    Driver& driver;
    std::vector<void*> modules;
};

} // namespace

int main(int count, char** arguments) {
    if (count < 4) {
        std::fprintf(stderr, "replay DRIVER RECORD PTX...\n");
        return 2;
    }
    int launches = 0;
    int problems = 0;
    Replay* replay = nullptr;
    try {
        Bytes record = read(arguments[2]);
        static Driver driver(arguments[1]);
        static Replay made(driver, {arguments + 3, arguments + count});
        replay = &made;
        for (Cursor cursor(record); !cursor.atEnd(); launches++) {
            Launch launch(cursor);
            replay->run(launch);
            problems += replay->problems();
        }
    } catch (const std::exception& error) {
        std::printf("FAILED %s\n", error.what());
        if (replay == nullptr) {
            return 2;
        }
        // The context is gone with the first fault, so nothing can come after it.
        replay->problems();
        std::printf("replayed %d launches, then stopped\n", launches);
        return 1;
    }
    std::printf("replayed %d launches, %d problems\n", launches, problems);
    return problems == 0 && launches > 0 ? 0 : 1;
}
