// What is read as a number is written as it was read, and nothing else is.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/number.hpp"

// An integer is canonical if the C library reads it to the end and writes it the same way.
static bool is_canonical(const std::string& text) {
    char* end = nullptr;
    errno = 0;
    long long value = std::strtoll(text.c_str(), &end, 10);
    return errno == 0 && std::to_string(value) == text;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    std::optional<int64_t> integer = core::parse_integer(text);
    if (integer.has_value() != is_canonical(text))
        std::abort();
    if (integer && core::IntegerText(*integer).bytes() != text)
        std::abort();

    std::optional<long double> number = core::parse_long_double(text);
    if (integer && (!number || *number != static_cast<long double>(*integer)))
        std::abort();
    if (number) {
        // What was rounded to 17 digits stays as it is.
        std::string written = core::format_long_double(*number);
        std::optional<long double> again = core::parse_long_double(written);
        if (!again || core::format_long_double(*again) != written)
            std::abort();
    }
    return 0;
}
