#include "mirror/capture.hpp"

#include "core/glob.hpp"
#include "mirror/key_changes.hpp"
#include "mirror/mirrors.hpp"
#include "pg/entry.hpp"
#include "store/change_hook.hpp"

namespace mirror {

namespace {

// So much is kept in memory before it is appended, and so a key may be appended again.
constexpr size_t most_bytes = 1024 * 1024;

// What a subtransaction changed goes into the outbox within it, or within one above it that is its
// own end: so both are undone together.
struct Level {
    int nest;  // 1: the transaction itself
    KeyChanges changes;
};

std::vector<Level> levels;  // that have changes, the innermost last

KeyChanges& current_level() {
    int nest = GetCurrentTransactionNestLevel();
    if (levels.empty() || levels.back().nest < nest)
        levels.push_back({nest, {}});
    return levels.back().changes;
}

bool concerns(const Mirror& mirror, store::Keyspace keyspace) {
    store::Keyspace mirrored = pg::call([&mirror] { return store::keyspace_of(mirror.database); });
    return mirrored.id == keyspace.id && mirrored.storage == keyspace.storage;
}

void note_key(store::Keyspace keyspace, core::Bytes name, bool is_removed) {
    auto operation = is_removed ? outbox::Operation::erase : outbox::Operation::update;
    for (const Mirror& mirror : mirrors()) {
        if (!core::glob_matches(mirror.pattern, name) || !concerns(mirror, keyspace))
            continue;
        KeyChanges& changes = current_level();
        changes.add(mirror.watch, operation, name);
        if (changes.bytes() > most_bytes)
            changes.flush();
    }
}

void note_database(int database) {
    for (const Mirror& mirror : mirrors())
        if (mirror.database == database)
            pg::call([&mirror] { outbox::append_all(mirror.watch); });
}

void append_what_is_left() {
    for (Level& level : levels)
        level.changes.flush();
    levels.clear();
}

void at_transaction_end(XactEvent event, void*) {
    switch (event) {
        case XACT_EVENT_PRE_COMMIT:
        case XACT_EVENT_PRE_PREPARE:
            if (!levels.empty())
                pg::entry([] { append_what_is_left(); });
            break;
        case XACT_EVENT_ABORT:
            levels.clear();
            break;
        default:
            break;
    }
}

// Makes the changes of a subtransaction its parent's.
void hand_up(int nest) {
    Level& level = levels.back();
    bool has_parent = levels.size() > 1 && levels[levels.size() - 2].nest == nest - 1;
    if (!has_parent) {
        level.nest = nest - 1;
        return;
    }
    KeyChanges& parent = levels[levels.size() - 2].changes;
    if (parent.bytes() + level.changes.bytes() > most_bytes)
        level.changes.flush();
    else
        parent.add_all(level.changes);
    levels.pop_back();
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
    if (levels.empty())
        return;
    int nest = GetCurrentTransactionNestLevel();
    if (event == SUBXACT_EVENT_PRE_COMMIT_SUB && levels.back().nest >= nest)
        pg::entry([nest] { hand_up(nest); });
    else if (event == SUBXACT_EVENT_ABORT_SUB)
        while (!levels.empty() && levels.back().nest >= nest)
            levels.pop_back();
}

}  // namespace

void install() {
    store::change_hook::install({note_key, note_database});
    watch_mirrors();
    RegisterXactCallback(at_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
}

}  // namespace mirror
