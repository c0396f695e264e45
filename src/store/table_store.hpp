// The store that writes each change to PostgreSQL's tables at once, and waits for other sessions
// that are at the same key. One object serves one command.
#pragma once

#include "store/store_in_tables.hpp"

namespace store {

class TableStore final : public StoreInTables {
public:
    // The prefix stands before every key in the tables and is removed on the way out. It must
    // outlive the store.
    explicit TableStore(Bytes prefix) { begin(prefix); }

    // Closes what the command opened; not called after an error, which closes it too.
    void finish() { close(); }

    Status modify(const Place& place, FunctionRef<Status(Entry&)> change) override;
    Status modify(std::span<const Place> places,
                  FunctionRef<Status(std::span<Entry>)> change) override;

private:
    // One of several keys that are locked together.
    struct Locked;

    // Writes what an entry is to become. Calls PostgreSQL, and may raise.
    KeyTable::Written apply(const Subject& subject, const Entry& entry);
    // False if another session was faster.
    bool write(Subject& subject, Entry& entry);
    bool try_to_modify(const Place& place, Bytes name, FunctionRef<Status(Entry&)> change,
                       Status& status);
    void lock_one_of_several(Locked& locked);
};

}  // namespace store
