// The targets and the watches, as the relay uses them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pg/pg.hpp"
#include "relay/target.hpp"
#include "watch/key_template.hpp"

namespace outbox {

struct TargetRow {
    std::string name;
    relay::Target address;
    std::string prefix;
    bool paused = false;
};

enum class Format : uint8_t { json, hash };

// Of a table, or of keys of pg_kv.
struct Watch {
    int32 id = 0;
    std::string target;
    std::string pattern;  // of all keys that it can name
    bool is_of_keys = false;
    int database = 0;  // that the keys are in
    Oid table = InvalidOid;
    std::string table_name;  // qualified, and quoted where it must be
    watch::KeyTemplate key;
    std::optional<watch::KeyTemplate> channel;
    // The columns of the key as they are called by now; empty if one can no longer be found.
    std::vector<std::string> columns;
    std::string condition;
    bool refresh = false;  // the row is sent
    bool remove = false;   // the key is removed, or refreshed
    bool publish = false;
    Format format = Format::json;
    int64 ttl = 0;    // milliseconds; 0: none
    int64 lease = 0;  // milliseconds; 0: none
};

struct RelayRegistry {
    std::vector<TargetRow> targets;  // by name
    std::map<int32, Watch> watches;

    const Watch* watch(int32 id) const;
};

// Reads both tables, in a transaction. Throws pg::Error.
RelayRegistry read_registry();

}  // namespace outbox
