// What ACL LOG tells: failed logins and denied commands, the latest first.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace command {

class AclLog {
public:
    enum class Reason { auth, command };
    enum class Context { toplevel, multi };

    struct Event {
        Reason reason;
        Context context;
        std::string object;  // the denied command's name; of a login AUTH or HELLO, as it was sent
        std::string user;    // who was tried to be, or was denied
        std::string client;  // the line of CLIENT INFO
    };
    struct Entry {
        Event event;
        int64_t id;
        int64_t count;
        int64_t created_at;  // milliseconds since 1970
        int64_t updated_at;
    };

    static constexpr size_t most_entries = 128;
    // Events alike that follow each other within so many milliseconds are one entry, if it is
    // among the latest few.
    static constexpr int64_t grouped_within = 60 * 1000;
    static constexpr size_t most_looked_at = 10;

    void add(Event event, int64_t now);
    void reset() { entries_.clear(); }
    const std::deque<Entry>& entries() const { return entries_; }

private:
    std::deque<Entry> entries_;
    int64_t next_id_ = 0;
};

}  // namespace command
