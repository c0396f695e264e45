// Commands that read lists, or change what lies between their ends.
#include "type/list.hpp"

#include <algorithm>
#include <optional>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "core/text.hpp"

namespace command::list {

namespace {

using store::Direction;
using store::Entry;
using type::List;

Status read(Call& call, Entry& entry, List& list) {
    call.store.read(call.place(1), entry);
    return list.open(entry);
}

// Items from first to last, both included; none if first > last.
struct Range {
    int64_t first;
    int64_t last;
};

// The items between two indexes, negative ones counted from the end.
Range range_of(const List& list, int64_t start, int64_t stop) {
    int64_t size = list.size();
    if (start < 0)
        start = std::max<int64_t>(start + size, 0);
    if (stop < 0)
        stop += size;
    return {start, std::min(stop, size - 1)};
}

// What LPOS looks for.
struct Search {
    Bytes item;
    int64_t rank = 1;                   // of the first match to report
    std::optional<int64_t> count = {};  // of the matches to report, 0 for all
    int64_t max_length = 0;             // of what is searched, 0 for all
    Direction direction = Direction::forward;

    Range range(int64_t size) const {
        int64_t length = max_length == 0 ? size : std::min(max_length, size);
        if (direction == Direction::forward)
            return {0, length - 1};
        return {size - length, size - 1};
    }
};

Status parse_rank(Bytes text, Search& search) {
    RETURN_IF_ERROR(parse_integer(text, search.rank));
    if (search.rank == INT64_MIN)
        return {ErrorCode::value_out_of_range, "-9223372036854775807 and 9223372036854775807"};
    if (search.rank == 0)
        return ErrorCode::rank_zero;
    return {};
}

Status parse_search(const Call& call, Search& search) {
    Options options(call, 3);
    while (!options.done()) {
        Bytes text;
        int64_t count = 0;
        if (options.value("RANK", text)) {
            RETURN_IF_ERROR(parse_rank(text, search));
        } else if (options.value("COUNT", text)) {
            RETURN_IF_ERROR(parse_at_least(0, text, ErrorCode::negative_count, count));
            search.count = count;
        } else if (options.value("MAXLEN", text)) {
            RETURN_IF_ERROR(parse_at_least(0, text, ErrorCode::negative_maxlen, search.max_length));
        } else {
            return ErrorCode::syntax;
        }
    }
    if (search.rank < 0) {
        search.rank = -search.rank;
        search.direction = Direction::backward;
    }
    return {};
}

// Reports the index of each match, until report returns false.
void find(List& list, const Search& search, core::FunctionRef<bool(int64_t index)> report) {
    int64_t matches = 0;
    auto [first, last] = search.range(list.size());
    list.range(first, last, search.direction, [&](int64_t index, Bytes value) {
        return value != search.item || ++matches < search.rank || report(index);
    });
}

}  // namespace

Status llen(Call& call) {
    Entry entry;
    List list;
    RETURN_IF_ERROR(read(call, entry, list));
    call.reply.integer(list.size());
    return {};
}

Status lindex(Call& call) {
    Entry entry;
    List list;
    RETURN_IF_ERROR(read(call, entry, list));
    int64_t index = 0;
    if (entry.exists)  // Redis does not look at the index of a missing key
        RETURN_IF_ERROR(parse_integer(call[2], index));
    auto [first, last] = range_of(list, index, index);
    if (first <= last)
        call.reply.bulk(list.at(first));
    else
        call.reply.null();
    return {};
}

Status lrange(Call& call) {
    int64_t start = 0;
    int64_t stop = 0;
    RETURN_IF_ERROR(parse_integer(call[2], start));
    RETURN_IF_ERROR(parse_integer(call[3], stop));
    Entry entry;
    List list;
    RETURN_IF_ERROR(read(call, entry, list));
    auto [first, last] = range_of(list, start, stop);
    call.reply.begin_array();
    list.range(first, last, Direction::forward, [&](int64_t, Bytes value) {
        call.reply.bulk(value);
        return true;
    });
    call.reply.end_array();
    return {};
}

Status lpos(Call& call) {
    Search search{.item = call[2]};
    RETURN_IF_ERROR(parse_search(call, search));
    Entry entry;
    List list;
    RETURN_IF_ERROR(read(call, entry, list));
    if (!search.count) {
        std::optional<int64_t> found;
        find(list, search, [&](int64_t index) {
            found = index;
            return false;
        });
        if (found)
            call.reply.integer(*found);
        else
            call.reply.null();
        return {};
    }
    int64_t reported = 0;
    call.reply.begin_array();
    find(list, search, [&](int64_t index) {
        call.reply.integer(index);
        return ++reported != *search.count;
    });
    call.reply.end_array();
    return {};
}

Status lset(Call& call) {
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        if (!entry.exists)
            return ErrorCode::no_such_key;
        int64_t index = 0;
        RETURN_IF_ERROR(parse_integer(call[2], index));
        if (index < 0)
            index += list.size();
        if (index < 0 || index >= list.size())
            return ErrorCode::index_out_of_range;
        list.set(index, call[3]);
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.status("OK");
    return {};
}

Status linsert(Call& call) {
    bool after = core::equals_ignoring_case(call[2], "AFTER");
    if (!after && !core::equals_ignoring_case(call[2], "BEFORE"))
        return ErrorCode::syntax;

    int64_t size = 0;
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        std::optional<int64_t> pivot;
        find(list, {.item = call[3]}, [&](int64_t index) {
            pivot = index;
            return false;
        });
        if (pivot)
            list.insert(*pivot + (after ? 1 : 0), call[4]);
        size = pivot || list.empty() ? list.size() : -1;
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(size);
    return {};
}

Status lrem(Call& call) {
    int64_t count = 0;
    RETURN_IF_ERROR(parse_integer(call[2], count));
    Direction direction = count < 0 ? Direction::backward : Direction::forward;
    int64_t limit = count == 0 || count == INT64_MIN ? INT64_MAX : std::abs(count);

    int64_t removed = 0;
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        removed = list.remove(call[3], limit, direction);
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(removed);
    return {};
}

Status ltrim(Call& call) {
    int64_t start = 0;
    int64_t stop = 0;
    RETURN_IF_ERROR(parse_integer(call[2], start));
    RETURN_IF_ERROR(parse_integer(call[3], stop));
    auto change = [&](Entry& entry) -> Status {
        List list;
        RETURN_IF_ERROR(list.open(entry));
        auto [first, last] = range_of(list, start, stop);
        list.trim(first, last);
        list.save();
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.status("OK");
    return {};
}

}  // namespace command::list
