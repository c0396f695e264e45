// Commands on whole databases.
#include <cstdint>
#include <optional>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "core/number.hpp"

namespace command::keyspace {

namespace {

// SYNC and ASYNC make no difference: the old keys are out of sight at once, and swept later.
Status expect_flush_mode(const Call& call) {
    if (call.size() == 1)
        return {};
    Options options(call, 1);
    if (call.size() > 2 || !(options.flag("SYNC") || options.flag("ASYNC")))
        return ErrorCode::syntax;
    return {};
}

}  // namespace

Status dbsize(Call& call) {
    call.reply.integer(call.store.size(call.database));
    return {};
}

Status flushdb(Call& call) {
    RETURN_IF_ERROR(expect_flush_mode(call));
    call.store.flush(call.database);
    call.reply.status("OK");
    return {};
}

Status flushall(Call& call) {
    RETURN_IF_ERROR(expect_flush_mode(call));
    call.store.flush_all();
    call.reply.status("OK");
    return {};
}

Status swapdb(Call& call) {
    std::optional<int32_t> first = core::parse_integer32(call[1]);
    if (!first)
        return ErrorCode::invalid_first_database;
    std::optional<int32_t> second = core::parse_integer32(call[2]);
    if (!second)
        return ErrorCode::invalid_second_database;
    if (!is_database(*first) || !is_database(*second))
        return ErrorCode::database_out_of_range;
    if (*first != *second)
        call.store.swap(*first, *second);
    call.reply.status("OK");
    return {};
}

}  // namespace command::keyspace
