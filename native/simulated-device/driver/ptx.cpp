// A scanner for the few PTX directives that matter. Not regular expressions: libstdc++'s recurse once per character and
// a PTX text has hundreds of thousands.
#include "ptx.h"

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <set>

namespace lamina::sim {

namespace {

std::string without_comments(const char* text) {
    std::string result;
    for (const char* c = text; *c != 0;) {
        if (c[0] == '/' && c[1] == '/') {
            while (*c != 0 && *c != '\n') {
                c++;
            }
        } else if (c[0] == '/' && c[1] == '*') {
            const char* end = std::strstr(c + 2, "*/");
            c = end != nullptr ? end + 2 : c + std::strlen(c);
        } else {
            result += *c++;
        }
    }
    return result;
}

bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '.';
}

/** Names (with leading dots for directives), numbers, and single characters for the rest. */
class Scanner {
public:
    explicit Scanner(const std::string& text) : text_(text) {}

    /** The next token, or an empty one at the end. */
    std::string next() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
            at_++;
        }
        size_t begin = at_;
        if (at_ < text_.size() && !is_name(text_[at_++])) {
            return text_.substr(begin, 1);
        }
        while (at_ < text_.size() && is_name(text_[at_])) {
            at_++;
        }
        return text_.substr(begin, at_ - begin);
    }

private:
    const std::string& text_;
    size_t at_ = 0;
};

/** Bytes of .u32, .f64, .b8 and so on; 0 for any other token. */
unsigned type_size(const std::string& token) {
    if (token.size() < 3 || token[0] != '.' || std::strchr("ubsf", token[1]) == nullptr) {
        return 0;
    }
    int bits = std::atoi(token.c_str() + 2);
    return bits == 8 || bits == 16 || bits == 32 || bits == 64 ? unsigned(bits) / 8 : 0;
}

/** Reads "type name[count]" up to `,`, `)` or `;` and returns its bytes; `end` is the token that ended it. */
unsigned read_declaration(Scanner& scanner, std::string& name, std::string& end) {
    unsigned bytes = 0;
    for (std::string token = scanner.next();; token = scanner.next()) {
        if (token.empty() || token == "," || token == ")" || token == ";" || token == "=") {
            end = token;
            return bytes;
        }
        if (token == ".align") {
            scanner.next();
        } else if (token == "[") {
            bytes *= unsigned(std::atoi(scanner.next().c_str()));
        } else if (unsigned size = type_size(token)) {
            bytes = bytes == 0 ? size : bytes;
        } else if (token[0] != '.' && token != "]") {
            name = token;
        }
    }
}

using SharedSizes = std::map<std::string, unsigned>;

void read_shared(Scanner& scanner, SharedSizes& shared) {
    std::string name;
    std::string end;
    unsigned bytes = read_declaration(scanner, name, end);
    shared[name] = bytes;
}

void read_entry(Scanner& scanner, PtxModule& module, SharedSizes& shared) {
    std::string name = scanner.next();
    PtxEntry entry;
    std::string token = scanner.next();
    if (token == "(") {
        std::string end;
        while (end != ")") {
            std::string parameter;
            unsigned bytes = read_declaration(scanner, parameter, end);
            if (bytes > 0) {
                entry.parameter_sizes.push_back(bytes);
            }
            if (end.empty()) {
                return;
            }
        }
        token = scanner.next();
    }
    for (; token != "{" && !token.empty(); token = scanner.next()) {
        if (token == ".maxntid") {
            entry.max_threads = unsigned(std::atoi(scanner.next().c_str()));
        }
    }
    std::set<std::string> used;
    for (int depth = 1; depth > 0 && !token.empty();) {
        token = scanner.next();
        depth += token == "{" ? 1 : token == "}" ? -1 : 0;
        if (token == ".shared") {
            read_shared(scanner, shared);
        } else if (shared.count(token) != 0) {
            used.insert(token);
        }
    }
    for (const std::string& variable : used) {
        entry.static_shared_bytes += shared[variable];
    }
    module.entries[name] = entry;
}

} // namespace

bool parse_ptx(const char* text, PtxModule& module, std::string& error) {
    while (std::isspace(static_cast<unsigned char>(*text)) != 0) {
        text++;
    }
    if (*text != '/' && *text != '.') {
        error = "the image does not begin as PTX does";
        return false;
    }
    std::string source = without_comments(text);
    Scanner scanner(source);
    SharedSizes shared;
    for (std::string token = scanner.next(); !token.empty(); token = scanner.next()) {
        if (token == ".version") {
            std::string version = scanner.next();
            size_t dot = version.find('.');
            module.version = std::atoi(version.c_str()) * 10 +
                             (dot == std::string::npos ? 0 : std::atoi(version.c_str() + dot + 1));
        } else if (token == ".target") {
            std::string target = scanner.next();
            module.target = target.rfind("sm_", 0) == 0 ? std::atoi(target.c_str() + 3) : 0;
        } else if (token == ".shared") {
            read_shared(scanner, shared);
        } else if (token == ".entry") {
            read_entry(scanner, module, shared);
        }
    }
    if (module.version == 0 || module.target == 0) {
        error = "no .version or no .target";
        return false;
    }
    return true;
}

} // namespace lamina::sim
