// Parts of strings.
#include <algorithm>
#include <string>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/string_value.hpp"

namespace command::string {

namespace {

// The bytes of a string between two offsets, both included, negative ones counted from the end.
Bytes slice(const Entry& entry, int64_t start, int64_t end) {
    int64_t size = entry.exists ? static_cast<int64_t>(entry.size()) : 0;
    if (start < 0 && end < 0 && start > end)
        return {};
    if (start < 0)
        start = std::max<int64_t>(start + size, 0);
    if (end < 0)
        end = std::max<int64_t>(end + size, 0);
    end = std::min(end, size - 1);
    if (start > end)
        return {};
    return entry.slice(static_cast<size_t>(start), static_cast<size_t>(end - start + 1));
}

// Whether a string may have that many bytes and as many more.
Status expect_size(size_t size, size_t more) {
    if (size > core::max_string_size || more > core::max_string_size - size)
        return ErrorCode::string_too_long;
    return {};
}

}  // namespace

Status append(Call& call) {
    std::string joined;
    size_t size = 0;
    auto change = [&](Entry& entry) -> Status {
        RETURN_IF_ERROR(expect_string(entry));
        if (!entry.exists) {
            size = call[2].size();
            entry.put(Type::string, call[2]);
            return {};
        }
        RETURN_IF_ERROR(expect_size(entry.size(), call[2].size()));
        size = entry.size() + call[2].size();
        joined.clear();
        joined.reserve(size);
        joined.append(entry.value()).append(call[2]);
        entry.put(Type::string, joined, entry.expires_at, Encoding::raw);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(static_cast<int64_t>(size));
    return {};
}

Status setrange(Call& call) {
    int64_t offset = 0;
    RETURN_IF_ERROR(parse_integer(call[2], offset));
    if (offset < 0)
        return ErrorCode::offset_out_of_range;
    Bytes part = call[3];
    size_t begin = static_cast<size_t>(offset);

    std::string edited;
    size_t size = 0;
    auto change = [&](Entry& entry) -> Status {
        RETURN_IF_ERROR(expect_string(entry));
        size = entry.exists ? entry.size() : 0;
        if (part.empty())
            return {};
        RETURN_IF_ERROR(expect_size(begin, part.size()));
        size = std::max(size, begin + part.size());
        edited.reserve(size);
        edited.assign(entry.exists ? entry.value() : Bytes());
        edited.resize(size);
        edited.replace(begin, part.size(), part);
        entry.put(Type::string, edited, same_expiry(entry), Encoding::raw);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.integer(static_cast<int64_t>(size));
    return {};
}

Status getrange(Call& call) {
    int64_t start = 0;
    int64_t end = 0;
    RETURN_IF_ERROR(parse_integer(call[2], start));
    RETURN_IF_ERROR(parse_integer(call[3], end));
    Entry entry;
    call.store.read(call.place(1), entry);
    RETURN_IF_ERROR(expect_string(entry));
    call.reply.bulk(slice(entry, start, end));
    return {};
}

Status strlen(Call& call) {
    Entry entry;
    call.store.read(call.place(1), entry);
    RETURN_IF_ERROR(expect_string(entry));
    call.reply.integer(entry.exists ? static_cast<int64_t>(entry.size()) : 0);
    return {};
}

}  // namespace command::string
