#include "command/scan.hpp"

#include <charconv>

#include "command/arguments.hpp"
#include "core/glob.hpp"

namespace command {

bool scan_matches(Bytes pattern, Bytes name) {
    return pattern == "*" || core::glob_matches(pattern, name);
}

// Redis reads cursors with strtoul, so a sign will do. That lets SQL hand a cursor past the range
// of bigint round as a negative number.
Status parse_cursor(Bytes text, uint64_t& cursor) {
    cursor = 0;
    if (text.empty())
        return {};
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, cursor);
    if (error != std::errc() || stop != end)
        return ErrorCode::invalid_cursor;
    if (negative)
        cursor = -cursor;
    return {};
}

Status parse_scan_options(const Call& call, size_t first, ScanOptions& wanted) {
    Options options(call, first);
    while (!options.done()) {
        Bytes value;
        if (options.value("COUNT", value)) {
            RETURN_IF_ERROR(parse_integer(value, wanted.count));
            if (wanted.count < 1)
                return ErrorCode::syntax;
        } else if (options.value("MATCH", value)) {
            wanted.pattern = value;
        } else if (wanted.takes_type && options.value("TYPE", value)) {
            wanted.type = value;
        } else {
            return ErrorCode::syntax;
        }
    }
    return {};
}

Status scan_collection(Call& call, store::FunctionRef<Status(const store::Entry&)> view,
                       store::FunctionRef<uint64_t(CollectionScan&)> scan) {
    CollectionScan state{};
    RETURN_IF_ERROR(parse_cursor(call[2], state.cursor));
    store::Entry entry;
    call.store.read(call.place(1), entry);
    RETURN_IF_ERROR(view(entry));
    // Redis looks at the options only once it has found the key.
    uint64_t next = 0;
    if (entry.exists) {
        RETURN_IF_ERROR(parse_scan_options(call, 3, state.wanted));
        next = scan(state);
    }

    call.reply.begin_array();
    call.reply.bulk(std::to_string(next));
    call.reply.begin_array();
    for (const std::string& text : state.found)
        call.reply.bulk(text);
    call.reply.end_array();
    call.reply.end_array();
    return {};
}

}  // namespace command
