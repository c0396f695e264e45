#include "command/slowlog.hpp"

namespace command {

namespace {

constexpr size_t most_arguments = 32;
constexpr size_t longest_argument = 128;

std::string trimmed(Bytes argument) {
    if (argument.size() <= longest_argument)
        return std::string(argument);
    return std::string(argument.substr(0, longest_argument)) + "... (" +
           std::to_string(argument.size() - longest_argument) + " more bytes)";
}

std::vector<std::string> trimmed(std::span<const Bytes> arguments) {
    bool too_many = arguments.size() > most_arguments;
    size_t kept = too_many ? most_arguments - 1 : arguments.size();
    std::vector<std::string> texts;
    for (Bytes argument : arguments.first(kept))
        texts.push_back(trimmed(argument));
    if (too_many)
        texts.push_back("... (" + std::to_string(arguments.size() - kept) + " more arguments)");
    return texts;
}

}  // namespace

void SlowLog::configure(int64_t slower_than, size_t most) {
    slower_than_ = slower_than;
    most_ = most;
    if (entries_.size() > most_)
        entries_.resize(most_);
}

void SlowLog::add(std::span<const Bytes> arguments, int64_t microseconds, int64_t now,
                  Bytes address, Bytes client_name) {
    if (slower_than_ < 0 || microseconds < slower_than_)
        return;
    entries_.push_front({next_id_++, now / 1000, microseconds, trimmed(arguments),
                         std::string(address), std::string(client_name)});
    if (entries_.size() > most_)
        entries_.pop_back();
}

}  // namespace command
