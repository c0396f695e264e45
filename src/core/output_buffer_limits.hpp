// How much a client may leave unread, by the class of the client: Redis's
// client-output-buffer-limit.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bytes.hpp"

namespace core {

enum class ClientClass { normal, replica, pubsub };

// Zeros mean no limit.
struct OutputBufferLimit {
    int64_t hard = 0;  // bytes: the client is disconnected at once
    int64_t soft = 0;  // bytes: when it had more for so long
    int64_t soft_seconds = 0;
};

class OutputBufferLimits {
public:
    // Redis's defaults, changed by groups of class, hard limit, soft limit and seconds, such as
    // "normal 0 0 0 pubsub 32mb 8mb 60". None if the text is not valid. Allocates nothing.
    static std::optional<OutputBufferLimits> parse(Bytes text);

    const OutputBufferLimit& of(ClientClass kind) const { return limits_[static_cast<int>(kind)]; }

private:
    static constexpr int64_t megabyte = 1024 * 1024;

    std::array<OutputBufferLimit, 3> limits_ = {{
        {},
        {256 * megabyte, 64 * megabyte, 60},
        {32 * megabyte, 8 * megabyte, 60},
    }};
};

}  // namespace core
