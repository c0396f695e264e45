#include "cache/events.hpp"

#include "cache/source_build.hpp"
#include "pg/settings_cache.hpp"

extern "C" {
#include "access/parallel.h"
#include "commands/async.h"
#include "common/pg_prng.h"
#include "utils/json.h"
}

namespace cache::events {

namespace {

constexpr const char* channel = "pg_cache_events";
constexpr int longest_payload = 7999;
constexpr uint64 sampled_one_of = 100;

bool is_to_be_told() {
    switch (pg::settings::cache_events()) {
        case pg::settings::Events::off:
            return false;
        case pg::settings::Events::sampled:
            if (pg_prng_uint64_range(&pg_global_prng_state, 1, sampled_one_of) != 1)
                return false;
            break;
        case pg::settings::Events::on:
            break;
    }
    return !RecoveryInProgress() && !IsParallelWorker();
}

const char* name_of(Event event) {
    switch (event) {
        case Event::hit:
            return "cache_hit";
        case Event::miss:
            return "cache_miss";
        case Event::write:
            return "cache_write";
        default:
            return "cache_invalidate";
    }
}

void send(Event event, Oid table, const char* key) {
    StringInfoData payload;
    initStringInfo(&payload);
    appendStringInfo(&payload, "{\"event\": \"%s\", \"table\": ", name_of(event));
    escape_json(&payload, generate_table_name(table));
    int without_key = payload.len;
    if (key)
        appendStringInfo(&payload, ", \"key\": %s", key);
    if (payload.len >= longest_payload) {
        payload.len = without_key;
        payload.data[without_key] = '\0';
    }
    appendStringInfoChar(&payload, '}');
    Async_Notify(channel, payload.data);
    pfree(payload.data);
}

}  // namespace

void tell(Event event, Oid table, Jsonb* key) {
    if (is_to_be_told())
        send(event, table,
             key ? JsonbToCString(nullptr, &key->root, static_cast<int>(VARSIZE(key))) : nullptr);
}

void tell(Event event, Source& source, const Part* parts) {
    if (!is_to_be_told())
        return;
    StringInfoData key;
    initStringInfo(&key);
    for (int i = 0; i < source.column_count; i++) {
        const KeyColumn& column = source.columns[i];
        const char* text = pnstrdup(parts[i].data, static_cast<Size>(parts[i].size));
        appendStringInfoString(&key, i == 0 ? "{" : ", ");
        escape_json(&key, NameStr(column.name));
        appendStringInfoString(&key, ": ");
        if (column.form == KeyColumn::Form::integer)
            appendStringInfoString(&key, text);
        else
            escape_json(&key, text);
    }
    appendStringInfoChar(&key, '}');
    send(event, source.table, key.data);
}

}  // namespace cache::events
