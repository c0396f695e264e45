// When keys expire.
#include <algorithm>
#include <string>

#include "command/expiry.hpp"
#include "command/handlers.hpp"
#include "core/text.hpp"

namespace command::keyspace {

namespace {

using store::Entry;

struct Condition {
    bool only_without = false;  // NX
    bool only_with = false;     // XX
    bool only_later = false;    // GT
    bool only_earlier = false;  // LT

    // A key without expiry counts as one that expires in eternity.
    bool allows(int64_t old_expiry, int64_t new_expiry) const {
        bool has_expiry = old_expiry != store::never;
        return !(only_without && has_expiry) && !(only_with && !has_expiry) &&
               !(only_later && new_expiry <= old_expiry) &&
               !(only_earlier && new_expiry >= old_expiry);
    }
};

Status parse_condition(const Call& call, Condition& condition) {
    Options options(call, 3);
    while (!options.done()) {
        if (options.flag("NX"))
            condition.only_without = true;
        else if (options.flag("XX"))
            condition.only_with = true;
        else if (options.flag("GT"))
            condition.only_later = true;
        else if (options.flag("LT"))
            condition.only_earlier = true;
        else
            return {ErrorCode::unsupported_option, std::string(core::until_nul(options.next()))};
    }
    bool others = condition.only_with || condition.only_later || condition.only_earlier;
    if (condition.only_without && others)
        return ErrorCode::expire_conflict;
    if (condition.only_later && condition.only_earlier)
        return ErrorCode::gt_and_lt;
    return {};
}

Status set_expiry(Call& call, const ExpiryForm& form) {
    Condition condition;
    RETURN_IF_ERROR(parse_condition(call, condition));
    int64_t expires_at = 0;
    RETURN_IF_ERROR(parse_expiry(call, form, call[2], expires_at));

    bool done = false;
    auto change = [&](Entry& entry) -> Status {
        done = entry.exists && condition.allows(entry.expires_at, expires_at);
        if (!done)
            return {};
        if (expires_at <= call.store.now())
            entry.remove();
        else
            entry.expire(expires_at);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.boolean(done);
    return {};
}

int64_t in_seconds(int64_t milliseconds) {
    return milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0);
}

// Answers with a time told from the key's expiry: -2 without a key, -1 without an expiry.
template <class Time>
Status reply_expiry(Call& call, Time time) {
    Entry entry;
    if (!call.store.read(call.place(1), entry))
        call.reply.integer(-2);
    else if (entry.expires_at == store::never)
        call.reply.integer(-1);
    else
        call.reply.integer(time(entry.expires_at));
    return {};
}

int64_t time_left(Call& call, int64_t expires_at) {
    return std::max<int64_t>(expires_at - call.store.now(), 0);
}

}  // namespace

Status expire(Call& call) {
    return set_expiry(call, expiry_forms::ex);
}

Status pexpire(Call& call) {
    return set_expiry(call, expiry_forms::px);
}

Status expireat(Call& call) {
    return set_expiry(call, expiry_forms::exat);
}

Status pexpireat(Call& call) {
    return set_expiry(call, expiry_forms::pxat);
}

Status persist(Call& call) {
    bool done = false;
    auto change = [&](Entry& entry) -> Status {
        done = entry.exists && entry.expires_at != store::never;
        if (done)
            entry.expire(store::never);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.boolean(done);
    return {};
}

Status ttl(Call& call) {
    return reply_expiry(call, [&](int64_t expires_at) {
        return in_seconds(time_left(call, expires_at));
    });
}

Status pttl(Call& call) {
    return reply_expiry(call, [&](int64_t expires_at) { return time_left(call, expires_at); });
}

Status expiretime(Call& call) {
    return reply_expiry(call, in_seconds);
}

Status pexpiretime(Call& call) {
    return reply_expiry(call, [](int64_t expires_at) { return expires_at; });
}

}  // namespace command::keyspace
