#include "outbox/announce.hpp"

#include <map>

#include "outbox/messages.hpp"
#include "pg/guard.hpp"
#include "pg/settings_relay.hpp"

extern "C" {
#include "commands/async.h"
#include "utils/fmgrprotos.h"
}

namespace outbox {

namespace {

constexpr const char* channel = "kv_invalidation";
constexpr size_t payload_limit = 7990;  // bytes; PostgreSQL takes fewer than 8,000
constexpr double fullest_queue = 0.5;

// A listener that sleeps in a transaction keeps the queue from being emptied; once it is full, no
// transaction that notifies can commit. The relay is not to fail, nor to be what fills it.
bool queue_has_room() {
    static bool complained = false;
    double usage = pg::call(
        [] { return DatumGetFloat8(DirectFunctionCall1(pg_notification_queue_usage, 0)); });
    bool has_room = usage < fullest_queue;
    if (!has_room && !complained)
        pg::call([] {
            ereport(WARNING, (errmsg("pg_kv relay announces nothing on %s: the queue of "
                                     "notifications is half full",
                                     channel),
                              errhint("A session that listens stays in a transaction.")));
        });
    complained = !has_room;
    return has_room;
}

// The payloads of one watch and operation.
class Payload {
public:
    Payload(const Watch& watch, char operation) {
        head_ = "{";
        append_subject(head_, watch);
        head_ += ",\"operation\":\"";
        head_ += name_of_operation(operation);
        head_ += "\",\"keys\":";
    }

    void add(core::Bytes key) {
        std::string json;
        append_json(json, key);
        if (head_.size() + json.size() + 3 > payload_limit)
            return say_all();
        if (head_.size() + keys_.size() + json.size() + 3 > payload_limit)
            flush();
        keys_ += keys_.empty() ? "[" : ",";
        keys_ += json;
    }

    // Of keys that cannot be named.
    void say_all() { notify(head_ + "null}"); }

    void flush() {
        if (!keys_.empty())
            notify(head_ + keys_ + "]}");
        keys_.clear();
    }

private:
    static void notify(const std::string& payload) {
        pg::call([&payload] { Async_Notify(channel, payload.c_str()); });
    }

    std::string head_;
    std::string keys_;
};

}  // namespace

void announce(const Batch& batch) {
    if (!pg::settings::relay().notify || !queue_has_room())
        return;
    std::map<std::pair<int32, char>, Payload> payloads;
    for (const Entry& entry : batch.entries) {
        const Watch* watch = batch.registry->watch(entry.watch);
        if (entry.verdict != relay::Verdict::done || !watch)
            continue;
        Payload& payload =
            payloads.try_emplace({entry.watch, entry.operation}, *watch, entry.operation)
                .first->second;
        if (entry.operation == 't')
            payload.say_all();
        else
            payload.add(entry.key);
    }
    for (auto& [which, payload] : payloads)
        payload.flush();
}

}  // namespace outbox
