#include "core/output_buffer_limits.hpp"

#include <algorithm>
#include <string_view>

#include "core/memory_size.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace core {

namespace {

constexpr Bytes space = " \t";

// Cuts the next word off; empty at the end.
Bytes take_word(Bytes& text) {
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    size_t length = std::min(text.find_first_of(space), text.size());
    Bytes word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

std::optional<ClientClass> class_of(Bytes name) {
    if (equals_ignoring_case(name, "normal"))
        return ClientClass::normal;
    if (equals_ignoring_case(name, "replica") || equals_ignoring_case(name, "slave"))
        return ClientClass::replica;
    if (equals_ignoring_case(name, "pubsub"))
        return ClientClass::pubsub;
    return {};
}

}  // namespace

std::optional<OutputBufferLimits> OutputBufferLimits::parse(Bytes text) {
    OutputBufferLimits limits;
    for (Bytes name = take_word(text); !name.empty(); name = take_word(text)) {
        std::optional<ClientClass> kind = class_of(name);
        std::optional<int64_t> hard = parse_memory_size(take_word(text));
        std::optional<int64_t> soft = parse_memory_size(take_word(text));
        std::optional<int64_t> seconds = parse_integer(take_word(text));
        if (!kind || !hard || !soft || !seconds || *seconds < 0)
            return {};
        limits.limits_[static_cast<int>(*kind)] = {*hard, *soft, *seconds};
    }
    return limits;
}

}  // namespace core
