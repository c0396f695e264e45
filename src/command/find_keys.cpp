// The keys of a call.
#include <algorithm>

#include "command/details.hpp"
#include "core/number.hpp"
#include "core/text.hpp"

namespace command {

namespace {

using core::equals_ignoring_case;
using Keys = std::vector<UsedKey>;

// The keys from first to last, both included.
bool add_range(Keys& keys, const KeySpec& spec, int64_t first, int64_t last, size_t arguments) {
    if (last < first || last >= static_cast<int64_t>(arguments))
        return false;
    for (int64_t index = first; index <= last; index += spec.step)
        keys.push_back({static_cast<size_t>(index), spec.use});
    return true;
}

bool add(Keys& keys, const KeySpec& spec, std::span<const Bytes> arguments) {
    auto size = static_cast<int64_t>(arguments.size());
    if (spec.index >= size)
        return false;
    if (spec.find == KeySpec::Find::range) {
        int64_t last = spec.last < 0 ? size + spec.last : spec.index + spec.last;
        return add_range(keys, spec, spec.index, last, arguments.size());
    }
    auto count = core::parse_integer(arguments[static_cast<size_t>(spec.index)]);
    if (!count || *count < 1 || *count >= size)
        return false;
    return add_range(keys, spec, spec.index + 1, spec.index + *count, arguments.size());
}

// SORT stores where the last STORE says; its other options have values that may look like options.
void add_destination(Keys& keys, std::span<const Bytes> arguments) {
    size_t destination = 0;
    for (size_t index = 2; index + 1 < arguments.size(); index++) {
        if (equals_ignoring_case(arguments[index], "LIMIT"))
            index += 2;
        else if (equals_ignoring_case(arguments[index], "GET") ||
                 equals_ignoring_case(arguments[index], "BY"))
            index++;
        else if (equals_ignoring_case(arguments[index], "STORE"))
            destination = ++index;
    }
    if (destination != 0)
        keys.push_back({destination, OW | UPDATE});
}

// SET reads the key only with GET.
uint16_t use_of_set(std::span<const Bytes> arguments) {
    bool reads = std::any_of(arguments.begin() + 3, arguments.end(),
                             [](Bytes option) { return equals_ignoring_case(option, "GET"); });
    return reads ? RW | ACCESS | UPDATE : OW | UPDATE;
}

}  // namespace

bool find_keys(const Command& command, std::span<const Bytes> arguments, Keys& keys) {
    if (!arity_fits(command, arguments.size()))
        return false;
    for (const KeySpec& spec : key_specs(command))
        if (spec.find != KeySpec::Find::unknown && !add(keys, spec, arguments))
            return false;
    if (command.id == Id::sort)
        add_destination(keys, arguments);
    if (command.id == Id::set)
        keys.front().use = use_of_set(arguments);
    return true;
}

}  // namespace command
