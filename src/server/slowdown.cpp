#include "server/slowdown.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace server {

int64_t Slowdown::wait(const std::string& who, int64_t now) const {
    auto found = entries_.find(who);
    return found == entries_.end() ? 0 : std::max<int64_t>(found->second.until - now, 0);
}

void Slowdown::failed(const std::string& who, int64_t now) {
    Entry& entry = this->entry(who, now);
    int counted = ++entry.failures - pace_.free_failures;
    if (counted <= 0) {
        entry.until = std::max(entry.until, now);
        return;
    }
    int64_t wait = pace_.first_wait;
    for (int doubled = 1; doubled < counted && wait < pace_.longest_wait; doubled++)
        wait *= 2;
    entry.until = now + std::min(wait, pace_.longest_wait);
}

Slowdown::Entry& Slowdown::entry(const std::string& who, int64_t now) {
    auto found = entries_.find(who);
    if (found != entries_.end()) {
        if (found->second.until + forgotten_after < now)
            found->second = {};
        return found->second;
    }
    // Without a bound, addresses and names made up by the million would take all memory. The one
    // that would be forgotten first goes.
    if (entries_.size() >= most_entries)
        entries_.erase(
            std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
                return a.second.until < b.second.until;
            }));
    return entries_[who];
}

std::string network_of(const std::string& address) {
    in6_addr bytes;
    if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes))
        return address;
    memset(bytes.s6_addr + 8, 0, 8);
    char text[INET6_ADDRSTRLEN];
    return std::string(inet_ntop(AF_INET6, &bytes, text, sizeof(text))) + "/64";
}

}  // namespace server
