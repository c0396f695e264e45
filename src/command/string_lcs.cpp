// LCS: what two strings have in common.
#include <algorithm>
#include <string>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/string_value.hpp"
#include "core/lcs.hpp"

namespace command::string {

namespace {

struct LcsOptions {
    bool length = false;   // LEN
    bool indexes = false;  // IDX
    int64_t least_match = 0;
    bool match_lengths = false;
};

Status parse_lcs_options(const Call& call, LcsOptions& wanted) {
    Options options(call, 3);
    while (!options.done()) {
        Bytes number;
        if (options.flag("IDX"))
            wanted.indexes = true;
        else if (options.flag("LEN"))
            wanted.length = true;
        else if (options.flag("WITHMATCHLEN"))
            wanted.match_lengths = true;
        else if (options.value("MINMATCHLEN", number))
            RETURN_IF_ERROR(parse_integer(number, wanted.least_match));
        else
            return ErrorCode::syntax;
    }
    if (wanted.indexes && wanted.length)
        return ErrorCode::lcs_options;
    return {};
}

Status read_string(Call& call, size_t place, std::string& value) {
    Entry entry;
    if (!call.store.read(call.place(place), entry))
        return {};
    if (entry.type != Type::string)
        return ErrorCode::lcs_type;
    value = entry.value();
    return {};
}

void reply_range(Reply& reply, size_t begin, size_t length) {
    reply.begin_array();
    reply.integer(static_cast<int64_t>(begin));
    reply.integer(static_cast<int64_t>(begin + length - 1));
    reply.end_array();
}

void reply_indexes(Reply& reply, const core::CommonSubsequence& common, const LcsOptions& wanted) {
    reply.begin_map();
    reply.bulk("matches");
    reply.begin_array();
    for (const auto& match : common.matches()) {
        if (static_cast<int64_t>(match.length) < wanted.least_match)
            continue;
        reply.begin_array();
        reply_range(reply, match.first, match.length);
        reply_range(reply, match.second, match.length);
        if (wanted.match_lengths)
            reply.integer(static_cast<int64_t>(match.length));
        reply.end_array();
    }
    reply.end_array();
    reply.bulk("len");
    reply.integer(static_cast<int64_t>(common.length()));
    reply.end_map();
}

}  // namespace

Status lcs(Call& call) {
    // Redis looks at the keys before the options.
    std::string first, second;
    RETURN_IF_ERROR(read_string(call, 1, first));
    RETURN_IF_ERROR(read_string(call, 2, second));
    LcsOptions wanted;
    RETURN_IF_ERROR(parse_lcs_options(call, wanted));
    if (!core::CommonSubsequence::fits(first, second))
        return ErrorCode::lcs_too_long;

    core::CommonSubsequence common(first, second, [&] { call.store.check_interrupts(); });
    if (wanted.indexes)
        reply_indexes(call.reply, common, wanted);
    else if (wanted.length)
        call.reply.integer(static_cast<int64_t>(common.length()));
    else
        call.reply.bulk(common.text());
    return {};
}

}  // namespace command::string
