#include "outbox/registry.hpp"

#include "outbox/relations.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "utils/varlena.h"
}

namespace outbox {

namespace {

using Row = std::span<const char* const>;

// What the walk brings is plain C strings, so that it may end by an error.
struct Rows {
    std::vector<std::vector<std::optional<std::string>>> rows;
};

// The rows of a query, as texts.
Rows read(const char* sql) {
    Rows result;
    pg::call([sql, &result] {
        pg::spi::walk(relations().owner, sql, {}, [&result](Row columns) {
            auto& row = result.rows.emplace_back();
            for (const char* column : columns)
                row.push_back(column ? std::optional<std::string>(column) : std::nullopt);
        });
    });
    return result;
}

bool is_true(const std::optional<std::string>& text) {
    return text && *text == "t";
}

int64 number(const std::optional<std::string>& text) {
    return text ? std::stoll(*text) : 0;
}

std::vector<TargetRow> read_targets() {
    std::vector<TargetRow> targets;
    for (auto& row : read("SELECT name, host, port, database, username, password, tls, tls_ca_file,"
                          " prefix, paused FROM kv.relay_target ORDER BY name")
                         .rows) {
        TargetRow& target = targets.emplace_back();
        target.name = row[0].value_or("");
        target.address.host = row[1].value_or("");
        target.address.port = static_cast<int>(number(row[2]));
        target.address.database = static_cast<int>(number(row[3]));
        target.address.username = row[4].value_or("");
        target.address.password = row[5].value_or("");
        target.address.tls = is_true(row[6]);
        target.address.tls_ca_file = row[7].value_or("");
        target.prefix = row[8].value_or("");
        target.paused = is_true(row[9]);
    }
    return targets;
}

// A broken watch has keys of no columns, and only ever removes.
constexpr const char* watches_sql =
    "SELECT watch.id, watch.target, watch.\"table\"::oid, watch.\"table\"::text, watch.key,"
    " watch.channel, watch.condition, 'refresh' = ANY (watch.modes),"
    " 'invalidate' = ANY (watch.modes), 'publish' = ANY (watch.modes), watch.format,"
    " (extract(epoch FROM watch.ttl) * 1000)::bigint,"
    " (extract(epoch FROM watch.lease) * 1000)::bigint,"
    " watch.broken IS NOT NULL,"
    " (SELECT string_agg(quote_ident(attribute.attname), ',' ORDER BY known.place)"
    "  FROM unnest(watch.known_columns) WITH ORDINALITY AS known (number, place)"
    "  JOIN pg_attribute AS attribute ON attribute.attrelid = watch.known_oid"
    "   AND attribute.attnum = known.number AND NOT attribute.attisdropped"
    "  WHERE watch.known_oid = watch.\"table\"::oid)"
    " FROM kv.watch AS watch WHERE watch.target IS NOT NULL AND watch.\"table\" IS NOT NULL";

constexpr const char* watches_of_keys_sql =
    "SELECT id, target, db, pattern, replace(replace(channel, '{', '{{'), '}', '}}'),"
    " 'refresh' = ANY (modes), 'invalidate' = ANY (modes), 'publish' = ANY (modes),"
    " (extract(epoch FROM lease) * 1000)::bigint"
    " FROM kv.watch WHERE target IS NOT NULL AND pattern IS NOT NULL";

std::vector<std::string> split_names(std::string text) {
    std::vector<std::string> names;
    pg::call([&text, &names] {
        List* list = NIL;
        if (!SplitIdentifierString(text.data(), ',', &list))
            elog(ERROR, "could not split names of columns");
        ListCell* cell;
        foreach (cell, list)
            names.emplace_back(static_cast<const char*>(lfirst(cell)));
    });
    return names;
}

// The first of the known columns are the key's.
std::vector<std::string> columns_of_key(const watch::KeyTemplate& key,
                                        const std::optional<std::string>& known) {
    std::vector<std::string> names = known ? split_names(*known) : key.columns();
    if (names.size() < key.columns().size())
        return {};
    names.resize(key.columns().size());
    return names;
}

void read_watches_of_keys(RelayRegistry& registry) {
    std::string problem;
    for (auto& row : read(watches_of_keys_sql).rows) {
        Watch watch;
        watch.id = static_cast<int32>(number(row[0]));
        watch.target = row[1].value_or("");
        watch.is_of_keys = true;
        watch.database = static_cast<int>(number(row[2]));
        watch.pattern = row[3].value_or("");
        if (row[4])
            watch.channel = watch::KeyTemplate::parse(*row[4], &problem);
        watch.refresh = is_true(row[5]);
        watch.remove = watch.refresh || is_true(row[6]);
        watch.publish = is_true(row[7]);
        watch.lease = number(row[8]);
        registry.watches.emplace(watch.id, std::move(watch));
    }
}

}  // namespace

const Watch* RelayRegistry::watch(int32 id) const {
    auto found = watches.find(id);
    return found == watches.end() ? nullptr : &found->second;
}

RelayRegistry read_registry() {
    RelayRegistry registry;
    registry.targets = read_targets();
    for (auto& row : read(watches_sql).rows) {
        std::string problem;
        std::optional<watch::KeyTemplate> key =
            watch::KeyTemplate::parse(row[4].value_or(""), &problem);
        if (!key)
            continue;
        Watch watch;
        watch.id = static_cast<int32>(number(row[0]));
        watch.target = row[1].value_or("");
        watch.table = static_cast<Oid>(number(row[2]));
        watch.table_name = row[3].value_or("");
        watch.key = std::move(*key);
        watch.pattern = watch.key.pattern();
        if (row[5])
            watch.channel = watch::KeyTemplate::parse(*row[5], &problem);
        watch.condition = row[6].value_or("");
        watch.refresh = is_true(row[7]);
        watch.remove = watch.refresh || is_true(row[8]);
        watch.publish = is_true(row[9]);
        watch.format = row[10] == "hash" ? Format::hash : Format::json;
        watch.ttl = number(row[11]);
        watch.lease = number(row[12]);
        if (!is_true(row[13]))
            watch.columns = columns_of_key(watch.key, row[14]);
        registry.watches.emplace(watch.id, std::move(watch));
    }
    read_watches_of_keys(registry);
    return registry;
}

}  // namespace outbox
