// A view of bytes: keys, values and arguments may hold anything, NUL included.
#pragma once

#include <string>
#include <string_view>

namespace core {

using Bytes = std::string_view;

// Redis's limit on a string value (proto-max-bulk-len), in bytes.
constexpr size_t max_string_size = 512 * 1024 * 1024;

}  // namespace core
