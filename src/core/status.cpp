#include "core/status.hpp"

namespace core {

namespace {

struct Entry {
    const char* prefix;
    const char* sqlstate;
    const char* text;
    const char* hint;
};

constexpr Entry entries[] = {
#define ERROR_ROW(name, prefix, sqlstate, text, hint) {prefix, sqlstate, text, hint},
#include "core/errors.def"
#undef ERROR_ROW
};

const Entry& entry(ErrorCode code) {
    return entries[static_cast<size_t>(code)];
}

}  // namespace

const char* Error::prefix() const {
    return entry(code).prefix;
}

const char* Error::sqlstate() const {
    return entry(code).sqlstate;
}

const char* Error::hint() const {
    return entry(code).hint;
}

std::string Error::message() const {
    std::string text = entry(code).text;
    if (size_t place = text.find("%s"); place != std::string::npos)
        text.replace(place, 2, subject);
    return text;
}

std::string Error::reply() const {
    return std::string(prefix()) + " " + message();
}

}  // namespace core
