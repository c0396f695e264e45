// PGCACHE.*: rows of PostgreSQL's tables through the cache. Helpers run these, which alone have the
// tables.
#include "command/cached_tables.hpp"
#include "command/server_handlers.hpp"
#include "core/number.hpp"

namespace command::pgcache {

namespace {

void reply_row(Reply& reply, const std::optional<std::string>& row) {
    if (row)
        reply.bulk(*row);
    else
        reply.null();
}

}  // namespace

Status read(Call& call) {
    if (!call.cached_tables)
        return ErrorCode::no_helper;
    std::optional<int64_t> seconds;
    if (call.size() > 4)
        return ErrorCode::syntax;
    if (call.size() == 4) {
        seconds = core::parse_integer(call[3]);
        if (!seconds)
            return ErrorCode::not_an_integer;
    }
    reply_row(call.reply, call.cached_tables->read(call[1], call[2], seconds));
    return {};
}

Status multiread(Call& call) {
    if (!call.cached_tables)
        return ErrorCode::no_helper;
    call.reply.begin_array();
    call.cached_tables->read_several(call[1], call.arguments.subspan(2),
                                     [&](std::optional<Bytes> row) {
                                         if (row)
                                             call.reply.bulk(*row);
                                         else
                                             call.reply.null();
                                     });
    call.reply.end_array();
    return {};
}

Status write(Call& call) {
    if (!call.cached_tables)
        return ErrorCode::no_helper;
    reply_row(call.reply, call.cached_tables->write(call[1], call[2]));
    return {};
}

Status invalidate(Call& call) {
    if (!call.cached_tables)
        return ErrorCode::no_helper;
    if (call.size() > 3)
        return ErrorCode::syntax;
    call.reply.integer(call.cached_tables->invalidate(
        call[1], call.size() == 3 ? std::optional(call[2]) : std::nullopt));
    return {};
}

}  // namespace command::pgcache
