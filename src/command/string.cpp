// Commands that read or replace whole strings.
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.hpp"
#include "command/expiry.hpp"
#include "command/handlers.hpp"
#include "command/string_value.hpp"

namespace command::string {

namespace {

// How a key's string shall be set.
struct Assignment {
    Bytes value;
    int64_t expires_at = store::never;
    bool keep_expiry = false;
    bool only_missing = false;   // NX
    bool only_existing = false;  // XX
    bool get = false;            // the old value is asked for, and must be a string

    // What came of it.
    bool done = false;
    std::optional<std::string> old_value = {};
};

Status assign(Call& call, Assignment& assignment) {
    auto change = [&](Entry& entry) -> Status {
        if (assignment.get) {
            RETURN_IF_ERROR(expect_string(entry));
            assignment.old_value.reset();
            if (entry.exists)
                assignment.old_value = entry.value();
        }
        assignment.done = entry.exists ? !assignment.only_missing : !assignment.only_existing;
        if (!assignment.done)
            return {};
        bool expires = assignment.expires_at != store::never;
        if (expires && assignment.expires_at <= call.store.now())
            entry.remove();
        else
            entry.put(Type::string, assignment.value,
                      assignment.keep_expiry ? same_expiry(entry) : assignment.expires_at);
        return {};
    };
    return call.store.modify(call.place(1), change);
}

Status parse_set_options(const Call& call, Assignment& assignment) {
    ExpiryOption expiry;
    Options options(call, 3);
    while (!options.done()) {
        if (!assignment.only_existing && options.flag("NX"))
            assignment.only_missing = true;
        else if (!assignment.only_missing && options.flag("XX"))
            assignment.only_existing = true;
        else if (options.flag("GET"))
            assignment.get = true;
        else if (!expiry.given() && options.flag("KEEPTTL"))
            assignment.keep_expiry = true;
        else if (assignment.keep_expiry || !expiry.take(options))
            return ErrorCode::syntax;
    }
    if (expiry.given())
        return expiry.parse(call, assignment.expires_at);
    return {};
}

Status set_expiring(Call& call, const ExpiryForm& form) {
    Assignment assignment{.value = call[3]};
    RETURN_IF_ERROR(parse_positive_expiry(call, form, call[2], assignment.expires_at));
    RETURN_IF_ERROR(assign(call, assignment));
    call.reply.status("OK");
    return {};
}

void reply_value(Call& call, const std::optional<std::string>& value) {
    if (value)
        call.reply.bulk(*value);
    else
        call.reply.null();
}

// Whether a command has keys and values in pairs.
Status expect_pairs(const Call& call) {
    if (call.size() % 2 == 0)
        return {ErrorCode::wrong_arity, call.command.name};
    return {};
}

}  // namespace

Status get(Call& call) {
    Entry entry;
    call.store.read(call.place(1), entry);
    RETURN_IF_ERROR(expect_string(entry));
    if (entry.exists)
        call.reply.bulk(entry.value());
    else
        call.reply.null();
    return {};
}

Status set(Call& call) {
    Assignment assignment{.value = call[2]};
    RETURN_IF_ERROR(parse_set_options(call, assignment));
    RETURN_IF_ERROR(assign(call, assignment));
    if (assignment.get)
        reply_value(call, assignment.old_value);
    else if (assignment.done)
        call.reply.status("OK");
    else
        call.reply.null();
    return {};
}

Status setex(Call& call) {
    return set_expiring(call, expiry_forms::ex);
}

Status psetex(Call& call) {
    return set_expiring(call, expiry_forms::px);
}

Status setnx(Call& call) {
    Assignment assignment{.value = call[2], .only_missing = true};
    RETURN_IF_ERROR(assign(call, assignment));
    call.reply.boolean(assignment.done);
    return {};
}

Status getset(Call& call) {
    Assignment assignment{.value = call[2], .get = true};
    RETURN_IF_ERROR(assign(call, assignment));
    reply_value(call, assignment.old_value);
    return {};
}

Status getdel(Call& call) {
    std::optional<std::string> value;
    auto change = [&](Entry& entry) -> Status {
        RETURN_IF_ERROR(expect_string(entry));
        value.reset();
        if (entry.exists)
            value = entry.value();
        entry.remove();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    reply_value(call, value);
    return {};
}

Status getex(Call& call) {
    ExpiryOption expiry;
    bool persist = false;
    Options options(call, 2);
    while (!options.done()) {
        if (!expiry.given() && options.flag("PERSIST"))
            persist = true;
        else if (persist || !expiry.take(options))
            return ErrorCode::syntax;
    }
    if (!expiry.given() && !persist)
        return get(call);

    std::optional<std::string> value;
    auto change = [&](Entry& entry) -> Status {
        value.reset();
        RETURN_IF_ERROR(expect_string(entry));
        if (!entry.exists)
            return {};
        // Redis looks at the number only once it has found the key.
        int64_t expires_at = store::never;
        if (expiry.given())
            RETURN_IF_ERROR(expiry.parse(call, expires_at));
        value = entry.value();
        if (expires_at <= call.store.now())
            entry.remove();
        else if (expires_at != entry.expires_at)
            entry.expire(expires_at);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    reply_value(call, value);
    return {};
}

Status mget(Call& call) {
    call.reply.begin_array();
    for (size_t i = 1; i < call.size(); i++) {
        Entry entry;
        call.store.read(call.place(i), entry);
        if (entry.exists && entry.type == Type::string)
            call.reply.bulk(entry.value());
        else
            call.reply.null();
    }
    call.reply.end_array();
    return {};
}

Status mset(Call& call) {
    RETURN_IF_ERROR(expect_pairs(call));
    for (size_t place : distinct_keys(call, 2)) {
        auto change = [&](Entry& entry) -> Status {
            entry.put(Type::string, call[place + 1]);
            return {};
        };
        RETURN_IF_ERROR(call.store.modify(call.place(place), change));
    }
    call.reply.status("OK");
    return {};
}

Status msetnx(Call& call) {
    RETURN_IF_ERROR(expect_pairs(call));
    std::vector<size_t> keys = distinct_keys(call, 2);
    std::vector<store::Place> places;
    for (size_t key : keys)
        places.push_back(call.place(key));

    bool all_missing = true;
    auto change = [&](std::span<Entry> entries) -> Status {
        for (const Entry& entry : entries)
            all_missing = all_missing && !entry.exists;
        if (!all_missing)
            return {};
        for (size_t i = 0; i < entries.size(); i++)
            entries[i].put(Type::string, call[keys[i] + 1]);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(places, change));
    call.reply.boolean(all_missing);
    return {};
}

}  // namespace command::string
