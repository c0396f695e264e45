#include "outbox/key_reader.hpp"

#include "core/glob.hpp"
#include "outbox/append.hpp"
#include "outbox/registry.hpp"
#include "outbox/relations.hpp"
#include "outbox/subtransaction.hpp"
#include "store/catalog.hpp"
#include "store/table_store.hpp"
#include "type/dump.hpp"

namespace outbox {

namespace {

// Of dumps in one batch.
constexpr size_t most_bytes = 16 * 1024 * 1024;

// Keys that are appended at a time.
constexpr int64_t keys_at_once = 1000;

// Keys in tables that are locked are read again after so long.
constexpr int pause_of_locked = 1000;  // milliseconds

// Until the subtransaction ends.
void become_owner() {
    Oid user;
    int security;
    GetUserIdAndSecContext(&user, &security);
    SetUserIdAndSecContext(relations().owner, security | SECURITY_LOCAL_USERID_CHANGE);
}

// The store would wait for them.
bool lock_tables() {
    const store::Catalog known = store::catalog();
    for (int storage = 0; storage < store::storage_count; storage++) {
        if (!ConditionalLockRelationOid(known.keys[storage].table, AccessShareLock))
            return false;
        for (Oid table : known.elements[storage])
            if (!ConditionalLockRelationOid(table, AccessShareLock))
                return false;
    }
    return true;
}

bool is_wanted(const Batch& batch, const Entry& entry) {
    const Watch* watch = batch.registry->watch(entry.watch);
    return watch && watch->is_of_keys && watch->refresh && entry.operation != 't' && !entry.is_held;
}

void hold(Entry& entry, int pause) {
    entry.is_held = true;
    entry.verdict = relay::Verdict::stalled;
    entry.pause = pause;
}

class KeyReader {
public:
    explicit KeyReader(Batch& batch) : batch_(batch), store_({}) {}

    // Returns the size of what is to be sent of it.
    size_t read(Entry& entry) {
        auto image = std::make_unique<RowImage>();
        store::Entry found;
        store_.read_silently({batch_.registry->watch(entry.watch)->database, entry.key}, found);
        if (found.exists) {
            image->is_there = true;
            image->expires_at = found.expires_at == store::never ? 0 : found.expires_at;
            image->dump = type::dump(store_, found);
        }
        size_t size = image->dump.size();
        entry.row = std::move(image);
        return size;
    }
    void finish() { store_.finish(); }

private:
    Batch& batch_;
    store::TableStore store_;
};

void refuse(Entry& entry, const char* problem) {
    entry.row.reset();
    entry.verdict = relay::Verdict::refused;
    entry.problem = problem;
}

bool is_cancel(const std::exception& error) {
    auto* raised = dynamic_cast<const pg::Error*>(&error);
    return raised && raised->data()->sqlerrcode == ERRCODE_QUERY_CANCELED;
}

// Reads from an entry on, until there is enough or one cannot be read. Returns the next.
size_t read_from(Batch& batch, size_t next, size_t& bytes) {
    Subtransaction subtransaction;
    try {
        pg::call(become_owner);
        KeyReader reader(batch);
        while (next < batch.entries.size() && bytes < most_bytes) {
            pg::call([] { CHECK_FOR_INTERRUPTS(); });
            Entry& entry = batch.entries[next++];
            if (!is_wanted(batch, entry))
                continue;
            bytes += reader.read(entry);
            if (entry.row->dump.size() > core::max_string_size)
                refuse(entry, "its dump is larger than Redis takes");
        }
        reader.finish();
    } catch (const std::exception& error) {
        bool is_canceled = is_cancel(error);
        subtransaction.roll_back();
        if (is_canceled || next == 0)
            throw;
        refuse(batch.entries[next - 1], error.what());
        return next;
    }
    subtransaction.roll_back();
    return next;
}

}  // namespace

void read_keys(Batch& batch) {
    auto wanted = [&batch](const Entry& entry) {
        return is_wanted(batch, entry);
    };
    if (std::none_of(batch.entries.begin(), batch.entries.end(), wanted))
        return;
    bool is_locked = !pg::call([] { return lock_tables(); });
    store::forget_databases();
    size_t next = 0;
    for (size_t bytes = 0; !is_locked && next < batch.entries.size() && bytes < most_bytes;)
        next = read_from(batch, next, bytes);
    for (; next < batch.entries.size(); next++)
        if (wanted(batch.entries[next]))
            hold(batch.entries[next], is_locked ? pause_of_locked : 0);
}

void append_keys(int32 watch, int database, core::Bytes pattern) {
    store::forget_databases();
    store::TableStore store({});
    std::string prefix = core::literal_prefix(pattern);
    uint64_t cursor = 0;
    do {
        std::vector<std::string> names;
        cursor =
            store.scan(database, cursor, prefix, keys_at_once, [&](core::Bytes name, store::Type) {
                if (core::glob_matches(pattern, name))
                    names.emplace_back(name);
            });
        std::vector<core::Bytes> keys(names.begin(), names.end());
        pg::call([&] { append(watch, Operation::update, keys, {}); });
    } while (cursor != 0);
    store.finish();
}

namespace {

// The removal of all counts as done only with that.
void append_keys_of(const Watch& watch, Entry& entry) {
    if (!pg::call([] { return lock_tables(); }))
        return hold(entry, pause_of_locked);
    Oid user;
    int security;
    GetUserIdAndSecContext(&user, &security);
    Subtransaction subtransaction;
    try {
        pg::call(become_owner);
        append_keys(watch.id, watch.database, watch.pattern);
    } catch (const std::exception& error) {
        bool is_canceled = is_cancel(error);
        subtransaction.roll_back();
        if (is_canceled)
            throw;
        return refuse(entry, error.what());
    }
    SetUserIdAndSecContext(user, security);
    subtransaction.commit();
}

}  // namespace

void append_what_is_there(Batch& batch) {
    for (Entry& entry : batch.entries) {
        const Watch* watch = batch.registry->watch(entry.watch);
        if (entry.operation == 't' && entry.verdict == relay::Verdict::done && watch &&
            watch->is_of_keys && watch->refresh)
            append_keys_of(*watch, entry);
    }
}

}  // namespace outbox
