// What is watched of a table, as rows of kv.watch say it, looked up once per backend and again
// after a change.
#pragma once

#include "pg/guard.hpp"
#include "watch/condition.hpp"
#include "watch/key_template.hpp"

namespace watch {

enum Mode : unsigned { invalidate = 1, refresh = 2, publish = 4, read = 8 };

// 0 if there is none of that name.
constexpr unsigned mode_named(Bytes name) {
    if (name == "invalidate")
        return Mode::invalidate;
    if (name == "refresh")
        return Mode::refresh;
    if (name == "publish")
        return Mode::publish;
    return name == "read" ? Mode::read : 0U;
}

// A column of a watched table, as it is in the relation that the watch was looked up for.
struct Column {
    AttrNumber number;          // there
    AttrNumber watched_number;  // in the watched table
    FmgrInfo output;
};

// One template of keys over a table.
struct Watch {
    int32 id;
    Oid table;  // the watched one: the relation itself, or one above it
    unsigned modes;
    // The watched table, or one below it, is also below a table that is not, so that statements
    // which name that one change rows of it too: its changes are seen row by row.
    bool by_row;
    // A name in it can no longer be found: any change may concern any key. What follows is empty.
    bool is_broken;
    KeyTemplate key;
    std::vector<Column> columns;  // the template's
    // What its text depends on must not be the session's settings: see canonical_output.hpp.
    bool depends_on_settings;
    bool wants_identities;            // the columns' texts are wanted beside the key
    std::vector<AttrNumber> counted;  // the columns whose change counts; none: all
    Condition condition;
};

// What concerns a relation.
class Watches {
public:
    Oid relation() const { return relation_; }
    std::vector<Watch>& all() { return all_; }
    bool empty() const { return all_.empty(); }
    // More than one user means that a condition's function has come back to the same table.
    int users() const { return users_; }

private:
    friend class Loader;
    friend class Registry;
    friend class InUse;

    Oid relation_ = InvalidOid;
    std::vector<Oid> tables_;  // the relation and all above it
    std::vector<Watch> all_;
    MemoryContext memory_ = nullptr;
    int users_ = 0;
    bool is_stale_ = false;
};

// Keeps what was looked up from being freed when it changes meanwhile.
class InUse {
public:
    explicit InUse(Watches& watches) : watches_(watches) { watches_.users_++; }
    InUse(const InUse&) = delete;
    ~InUse() { watches_.users_--; }
    Watches* operator->() const { return &watches_; }
    Watches& operator*() const { return watches_; }

private:
    Watches& watches_;
};

// What concerns a relation; to be put InUse at once. Throws pg::Error.
Watches& watches_of(Oid relation);

// Tells all sessions that kv.watch, or what is above a table, changed. Calls PostgreSQL, may raise.
void announce_watches();

// Called by _PG_init.
void watch_registry();

}  // namespace watch
