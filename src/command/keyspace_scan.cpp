// Finding keys.
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/type_name.hpp"
#include "core/glob.hpp"
#include "core/text.hpp"

namespace command::keyspace {

namespace {

// A star alone stands for every key here, also for the empty one.
bool key_matches(Bytes pattern, Bytes key) {
    return pattern == "*" || core::glob_matches(pattern, key);
}

// Redis reads cursors with strtoul, so a sign will do. That lets SQL hand a cursor past the range
// of bigint round as a negative number.
std::optional<uint64_t> parse_cursor(Bytes text) {
    if (text.empty())
        return 0;
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    uint64_t cursor = 0;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, cursor);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return negative ? -cursor : cursor;
}

struct ScanOptions {
    Bytes pattern = "*";
    int64_t count = 10;
    std::optional<Bytes> type;

    bool admits(Bytes key, store::Type key_type) const {
        return key_matches(pattern, key) &&
               (!type || core::equals_ignoring_case(*type, type_name(key_type)));
    }
};

Status parse_scan_options(const Call& call, ScanOptions& wanted) {
    Options options(call, 2);
    while (!options.done()) {
        Bytes value;
        if (options.value("COUNT", value)) {
            RETURN_IF_ERROR(parse_integer(value, wanted.count));
            if (wanted.count < 1)
                return ErrorCode::syntax;
        } else if (options.value("MATCH", value)) {
            wanted.pattern = value;
        } else if (options.value("TYPE", value)) {
            wanted.type = value;
        } else {
            return ErrorCode::syntax;
        }
    }
    return {};
}

}  // namespace

Status keys(Call& call) {
    call.reply.begin_array();
    call.store.keys(call.database, core::literal_prefix(call[1]), [&](Bytes key) {
        if (key_matches(call[1], key))
            call.reply.key(key);
    });
    call.reply.end_array();
    return {};
}

Status scan(Call& call) {
    std::optional<uint64_t> cursor = parse_cursor(call[1]);
    if (!cursor)
        return ErrorCode::invalid_cursor;
    ScanOptions wanted;
    RETURN_IF_ERROR(parse_scan_options(call, wanted));

    // The next cursor, which the reply begins with, is known only after the keys.
    std::vector<std::string> found;
    auto visit = [&](Bytes key, store::Type type) {
        if (wanted.admits(key, type))
            found.emplace_back(key);
    };
    uint64_t next = call.store.scan(call.database, *cursor, core::literal_prefix(wanted.pattern),
                                    wanted.count, visit);
    call.reply.begin_array();
    call.reply.bulk(std::to_string(next));
    call.reply.begin_array();
    for (const std::string& key : found)
        call.reply.key(key);
    call.reply.end_array();
    call.reply.end_array();
    return {};
}

Status randomkey(Call& call) {
    std::optional<std::string> key = call.store.random_key(call.database);
    if (key)
        call.reply.key(*key);
    else
        call.reply.null();
    return {};
}

}  // namespace command::keyspace
