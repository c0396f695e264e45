// Commands on single sets, and SMOVE.
#include "type/set.hpp"

#include <optional>
#include <string>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/scan.hpp"
#include "core/number.hpp"

namespace command::set {

namespace {

using store::Entry;
using store::FunctionRef;
using type::Set;

Status view(Call& call, Set& set) {
    Entry entry;
    call.store.read(call.place(1), entry);
    return set.view(entry);
}

Status modify(Call& call, FunctionRef<Status(Set&)> change) {
    auto change_entry = [&](Entry& entry) -> Status {
        Set set(call.store);
        RETURN_IF_ERROR(set.open(entry));
        RETURN_IF_ERROR(change(set));
        set.save(entry);
        return {};
    };
    return call.store.modify(call.place(1), change_entry);
}

Status move_within(Call& call, bool& moved) {
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    moved = set.contains(call[3]);
    return {};
}

Status move_between(Call& call, bool& moved) {
    std::span<const Bytes> member = call.arguments.subspan(3);
    auto change = [&](std::span<Entry> entries) -> Status {
        moved = false;
        if (!entries[0].exists)
            return {};
        Set source(call.store);
        Set destination(call.store);
        RETURN_IF_ERROR(source.open(entries[0]));
        RETURN_IF_ERROR(destination.open(entries[1]));
        moved = source.erase(member) == 1;
        if (moved)
            destination.add(member);
        source.save(entries[0]);
        destination.save(entries[1]);
        return {};
    };
    const store::Place places[] = {call.place(1), call.place(2)};
    return call.store.modify(places, change);
}

Status pick_one(Call& call) {
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    if (set.size() == 0)
        call.reply.null();
    set.pick([&](Bytes member) { call.reply.bulk(member); });
    return {};
}

Status pop(Call& call, int64_t count, std::vector<std::string>& popped) {
    auto change = [&](Set& set) -> Status {
        popped = set.pop(count);
        return {};
    };
    return modify(call, change);
}

Status pop_one(Call& call) {
    std::vector<std::string> popped;
    RETURN_IF_ERROR(pop(call, 1, popped));
    if (popped.empty())
        call.reply.null();
    else
        call.reply.bulk(popped.front());
    return {};
}

}  // namespace

Status sadd(Call& call) {
    uint64_t added = 0;
    auto change = [&](Set& set) -> Status {
        added = set.add(call.arguments.subspan(2));
        return {};
    };
    RETURN_IF_ERROR(modify(call, change));
    call.reply.integer(static_cast<int64_t>(added));
    return {};
}

Status srem(Call& call) {
    uint64_t erased = 0;
    auto change = [&](Set& set) -> Status {
        erased = set.erase(call.arguments.subspan(2));
        return {};
    };
    RETURN_IF_ERROR(modify(call, change));
    call.reply.integer(static_cast<int64_t>(erased));
    return {};
}

Status smove(Call& call) {
    bool moved = false;
    RETURN_IF_ERROR(call[1] == call[2] ? move_within(call, moved) : move_between(call, moved));
    call.reply.boolean(moved);
    return {};
}

Status scard(Call& call) {
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    call.reply.integer(static_cast<int64_t>(set.size()));
    return {};
}

Status sismember(Call& call) {
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    call.reply.boolean(set.contains(call[2]));
    return {};
}

Status smismember(Call& call) {
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    call.reply.begin_array();
    for (size_t i = 2; i < call.size(); i++) {
        if (i % 1024 == 0)
            call.store.check_interrupts();
        call.reply.boolean(set.contains(call[i]));
    }
    call.reply.end_array();
    return {};
}

Status smembers(Call& call) {
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    call.reply.begin_set();
    set.walk([&](Bytes member) {
        call.reply.bulk(member);
        return true;
    });
    call.reply.end_set();
    return {};
}

Status srandmember(Call& call) {
    if (call.size() == 2)
        return pick_one(call);
    if (call.size() > 3)
        return ErrorCode::syntax;
    int64_t count = 0;
    RETURN_IF_ERROR(parse_pick_count(call[2], count));
    Set set(call.store);
    RETURN_IF_ERROR(view(call, set));
    call.reply.begin_array();
    set.pick_many(count, [&](Bytes member) { call.reply.bulk(member); });
    call.reply.end_array();
    return {};
}

Status spop(Call& call) {
    if (call.size() == 2)
        return pop_one(call);
    if (call.size() > 3)
        return ErrorCode::syntax;
    std::optional<int64_t> count = core::parse_integer(call[2]);
    if (!count || *count < 0)
        return ErrorCode::out_of_range_positive;
    std::vector<std::string> popped;
    RETURN_IF_ERROR(pop(call, *count, popped));
    call.reply.begin_set();
    for (const std::string& member : popped)
        call.reply.bulk(member);
    call.reply.end_set();
    return {};
}

Status sscan(Call& call) {
    Set set(call.store);
    return scan_collection(
        call, [&](const Entry& entry) { return set.view(entry); },
        [&](CollectionScan& scan) {
            auto count = static_cast<uint64_t>(scan.wanted.count);
            return set.scan(scan.cursor, count, [&](Bytes member) {
                if (scan.wanted.matches(member))
                    scan.found.emplace_back(member);
            });
        });
}

}  // namespace command::set
