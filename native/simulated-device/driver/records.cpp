#include "records.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <unordered_map>

namespace lamina::sim {

// References to objects that are never destroyed: the JVM may call in while static destructors run.
static std::deque<std::string>& problems = *new std::deque<std::string>();
static std::unordered_map<std::string, long>& counters = *new std::unordered_map<std::string, long>();

struct Injection {
    int calls_left;
    int code;
};
static std::map<std::string, Injection>& injections = *new std::map<std::string, Injection>();

static bool tracing() {
    static const bool on = std::getenv("LAMINA_SIM_TRACE") != nullptr;
    return on;
}

static std::string formatted(const char* format, va_list arguments) {
    char text[1000];
    vsnprintf(text, sizeof(text), format, arguments);
    return text;
}

void problem(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = formatted(format, arguments);
    va_end(arguments);
    if (problems.size() < 1000) { // one bug in a loop must not fill the memory
        problems.push_back(text);
    }
    trace("PROBLEM: %s", text.c_str());
}

void trace(const char* format, ...) {
    if (!tracing()) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    std::fprintf(stderr, "[simulated device] %s\n", formatted(format, arguments).c_str());
    va_end(arguments);
}

int problem_count() {
    return int(problems.size());
}

const char* problem_text(int index) {
    return index >= 0 && index < int(problems.size()) ? problems[size_t(index)].c_str() : nullptr;
}

void clear_problems() {
    problems.clear();
}

void count(const std::string& name, long by) {
    counters[name] += by;
}

long counter(const std::string& name) {
    auto found = counters.find(name);
    return found == counters.end() ? 0 : found->second;
}

void clear_counters() {
    counters.clear();
}

static std::string without_version(const std::string& function) {
    size_t end = function.size();
    return end > 3 && function.compare(end - 3, 2, "_v") == 0 ? function.substr(0, end - 3) : function;
}

void inject_error(const std::string& function, int after, int code) {
    injections[without_version(function)] = {after < 1 ? 1 : after, code};
}

void clear_injected_errors() {
    injections.clear();
}

int injected_error(const std::string& function) {
    if (injections.empty()) {
        return 0;
    }
    auto found = injections.find(without_version(function));
    if (found == injections.end() || --found->second.calls_left > 0) {
        return 0;
    }
    int code = found->second.code;
    injections.erase(found);
    trace("%s: injected error %d", function.c_str(), code);
    return code;
}

} // namespace lamina::sim
