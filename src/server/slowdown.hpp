// Makes who fails wait before the next try: longer with every failure, some seconds at most. Plain
// C++; times are in milliseconds of a clock of the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace server {

class Slowdown {
public:
    static constexpr int64_t first_wait = 100;
    static constexpr int64_t longest_wait = 5000;
    static constexpr int64_t forgotten_after = 60 * 1000;
    static constexpr size_t most_entries = 4096;

    // How long a try has to wait; 0: it need not.
    int64_t wait(const std::string& who, int64_t now) const;
    void failed(const std::string& who, int64_t now);
    void succeeded(const std::string& who) { entries_.erase(who); }
    // Lets the next try wait at least so long, without a failure.
    void hold(const std::string& who, int64_t now, int64_t wait);

private:
    struct Entry {
        int failures = 0;
        int64_t until = 0;
    };
    Entry& entry(const std::string& who, int64_t now);

    std::unordered_map<std::string, Entry> entries_;
};

// Whom an address stands for: itself, or, of IPv6, the network of 64 bits that one customer has.
std::string network_of(const std::string& address);

}  // namespace server
