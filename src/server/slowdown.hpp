// Makes who fails wait before the next try: longer with every failure, to a limit. Plain C++;
// times are in milliseconds of a clock of the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace server {

class Slowdown {
public:
    struct Pace {
        int free_failures;     // so many cost nothing
        int64_t first_wait;    // after the next one; then twice as long with each
        int64_t longest_wait;  // at most
    };
    static constexpr int64_t forgotten_after = 60 * 1000;  // since the end of the last wait
    static constexpr size_t most_entries = 4096;

    explicit Slowdown(const Pace& pace) : pace_(pace) {}

    // How long a try has to wait; 0: it need not.
    int64_t wait(const std::string& who, int64_t now) const;
    void failed(const std::string& who, int64_t now);
    void succeeded(const std::string& who) { entries_.erase(who); }

    size_t size() const { return entries_.size(); }

private:
    struct Entry {
        int failures = 0;
        int64_t until = 0;
    };
    Entry& entry(const std::string& who, int64_t now);

    Pace pace_;
    std::unordered_map<std::string, Entry> entries_;
};

// Whom an address stands for: itself, or, of IPv6, the network of 64 bits that one customer has.
std::string network_of(const std::string& address);

}  // namespace server
