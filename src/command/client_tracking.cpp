// Client-side caching, which is not offered: CLIENT TRACKING, CACHING, GETREDIR and TRACKINGINFO.
#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "core/text.hpp"

namespace command::connection {

namespace {

Status check_tracking_options(const Call& call) {
    Options options(call, 3);
    while (!options.done()) {
        Bytes value;
        if (options.value("REDIRECT", value)) {
            int64_t id = 0;
            RETURN_IF_ERROR(parse_integer(value, id));
        } else if (!options.value("PREFIX", value) && !options.flag("BCAST") &&
                   !options.flag("OPTIN") && !options.flag("OPTOUT") && !options.flag("NOLOOP")) {
            return ErrorCode::syntax;
        }
    }
    return {};
}

}  // namespace

Status client_tracking(Call& call) {
    RETURN_IF_ERROR(check_tracking_options(call));
    if (core::equals_ignoring_case(call[2], "on"))
        return ErrorCode::no_tracking;
    if (!core::equals_ignoring_case(call[2], "off"))
        return ErrorCode::syntax;
    call.reply.status("OK");
    return {};
}

Status client_caching(Call&) {
    return ErrorCode::not_tracking;
}

Status client_getredir(Call& call) {
    call.reply.integer(-1);
    return {};
}

Status client_trackinginfo(Call& call) {
    Reply& reply = call.reply;
    reply.begin_map();
    reply.bulk("flags");
    reply.begin_set();
    reply.bulk("off");
    reply.end_set();
    reply.bulk("redirect");
    reply.integer(-1);
    reply.bulk("prefixes");
    reply.begin_array();
    reply.end_array();
    reply.end_map();
    return {};
}

}  // namespace command::connection
