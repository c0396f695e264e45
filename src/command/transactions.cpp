// MULTI and WATCH: what they keep stands in the Client. The door itself queues the commands, and
// runs those of EXEC.
#include <algorithm>

#include "command/handlers.hpp"

namespace command::transactions {

Status multi(Call& call) {
    Client& client = call.door->client;
    if (client.is_queueing)
        return ErrorCode::nested_multi;
    client.is_queueing = true;
    call.reply.status("OK");
    return {};
}

// The door runs what is queued instead of calling this.
Status exec(Call&) {
    return ErrorCode::exec_without_multi;
}

Status discard(Call& call) {
    Client& client = call.door->client;
    if (!client.is_queueing)
        return ErrorCode::discard_without_multi;
    client.leave_multi();
    call.reply.status("OK");
    return {};
}

Status watch(Call& call) {
    Client& client = call.door->client;
    if (client.is_queueing)
        return ErrorCode::watch_inside_multi;
    for (size_t i = 1; i < call.size(); i++) {
        bool is_watched = std::any_of(
            client.watched.begin(), client.watched.end(), [&](const WatchedKey& watched) {
                return watched.database == call.database && Bytes(watched.key) == call[i];
            });
        if (is_watched)
            continue;
        store::Entry entry;
        bool exists = call.store.read(call.place(i), entry);
        client.watched.push_back({call.database, std::string(call[i]), exists, entry.version});
    }
    call.reply.status("OK");
    return {};
}

Status unwatch(Call& call) {
    call.door->client.watched.clear();
    call.reply.status("OK");
    return {};
}

}  // namespace command::transactions
