#include "command/acl_log.hpp"

#include <algorithm>

namespace command {

namespace {

bool are_alike(const AclLog::Event& left, const AclLog::Event& right) {
    return left.reason == right.reason && left.context == right.context &&
           left.object == right.object && left.user == right.user;
}

}  // namespace

void AclLog::add(Event event, int64_t now) {
    auto end =
        entries_.begin() + static_cast<std::ptrdiff_t>(std::min(entries_.size(), most_looked_at));
    auto same = std::find_if(entries_.begin(), end, [&](const Entry& entry) {
        return are_alike(entry.event, event) && now - entry.updated_at <= grouped_within;
    });
    if (same == end) {
        entries_.push_front({std::move(event), next_id_++, 1, now, now});
        if (entries_.size() > most_entries)
            entries_.pop_back();
        return;
    }
    same->event.client = std::move(event.client);
    same->updated_at = now;
    ++same->count;
    std::rotate(entries_.begin(), same, same + 1);
}

}  // namespace command
