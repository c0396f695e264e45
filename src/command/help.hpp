// The answer to HELP of a container.
#pragma once

#include <span>

#include "command/reply.hpp"

namespace command {

inline void reply_lines(Reply& reply, std::span<const char* const> lines) {
    reply.begin_array();
    for (const char* line : lines)
        reply.status(line);
    reply.end_array();
}

}  // namespace command
