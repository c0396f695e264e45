// Finding keys.
#include <optional>
#include <string>
#include <vector>

#include "command/handlers.hpp"
#include "command/scan.hpp"
#include "command/type_name.hpp"
#include "core/glob.hpp"
#include "core/text.hpp"

namespace command::keyspace {

namespace {

bool has_type(const ScanOptions& wanted, store::Type type) {
    return !wanted.type || core::equals_ignoring_case(*wanted.type, type_name(type));
}

}  // namespace

Status keys(Call& call) {
    call.reply.begin_array();
    call.store.keys(call.database, core::literal_prefix(call[1]), [&](Bytes key) {
        if (scan_matches(call[1], key))
            call.reply.key(key);
    });
    call.reply.end_array();
    return {};
}

Status scan(Call& call) {
    uint64_t cursor = 0;
    RETURN_IF_ERROR(parse_cursor(call[1], cursor));
    ScanOptions wanted{.takes_type = true};
    RETURN_IF_ERROR(parse_scan_options(call, 2, wanted));

    // The next cursor, which the reply begins with, is known only after the keys.
    std::vector<std::string> found;
    auto visit = [&](Bytes key, store::Type type) {
        if (wanted.matches(key) && has_type(wanted, type))
            found.emplace_back(key);
    };
    uint64_t next = call.store.scan(call.database, cursor, core::literal_prefix(wanted.pattern),
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
