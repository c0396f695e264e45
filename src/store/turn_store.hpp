// The store of a transaction with many commands, perhaps of many clients. Changed keys are kept in
// memory and written once, before the transaction commits; nothing ever waits for another
// transaction.
//
// A turn, each step outside of pg::call, in the resource owner that StartTransactionCommand sets:
//
//     StartTransactionCommand   READ COMMITTED, or REPEATABLE READ for an EXEC
//     begin_transaction
//     begin_command, handler    again and again, each as the user whose rights count
//     write_back
//     end_transaction
//     CommitTransactionCommand
//
// Any step from begin_command to end_transaction may throw Blocked, KeyChanged, TooLong and
// pg::Error, after which the transaction is aborted and forget() called, in either order. A
// command's error as a Status has changed nothing, and the turn goes on.
//
// The memory context that is current during a command may be reset when the next one has begun, or
// after write_back: entries, and what they point to, live until then; nothing else of the store's
// is in it.
#pragma once

#include "store/changed_keys.hpp"
#include "store/patience.hpp"
#include "store/store_in_tables.hpp"

namespace store {

class TurnStore final : public StoreInTables {
public:
    TurnStore() = default;

    void begin_transaction();
    // A new now() and, under READ COMMITTED, a new snapshot. The prefix must outlive the command.
    void begin_command(Bytes prefix);
    // Writes each changed key's row, in the order of keys. The turn may go on afterwards, and must
    // then write back again.
    void write_back();
    // Lets go of the tables, for the transaction to commit.
    void end_transaction();
    // After an abort. Calls nothing of PostgreSQL's.
    void forget();

    // Whether anything was changed in this transaction, and since begin_command.
    bool has_changes() const { return has_changes_; }
    bool command_has_written() const { return command_has_written_; }

    // How many keys and elements a command may visit before it has written something; 0: any
    // number. Valid from the next begin_command on.
    void set_visit_limit(int64_t limit) { visit_limit_ = limit; }

    // What WATCH compares. A missing key has version 0.
    struct State {
        bool exists;
        int64_t version;
        bool operator==(const State&) const = default;
    };
    State state(const Place& place);
    // The same, and nobody else can change the key, or add it if it is missing, before the
    // transaction ends.
    State lock_key(const Place& place);

    Status modify(const Place& place, FunctionRef<Status(Entry&)> change) override;
    Status modify(std::span<const Place> places,
                  FunctionRef<Status(std::span<Entry>)> change) override;

private:
    // A key's part in a command.
    struct Part;

    void settle(Access access) override;
    bool read_changed(const RowKey& key, Entry& entry) override;
    void look_up(const Place& place, Bytes name, Access access, Part& part, ToastedValue& toasted,
                 Entry& entry);
    // These two call PostgreSQL, and are to be called within pg::call.
    void fill(const ChangedKey& changed, const RowKey& key, ToastedValue& toasted, Entry& entry);
    KeyTable::Written apply(const ChangedKey& changed);
    ChangedKey& keep(const Part& part, const Entry& entry);
    void lock(Part& part);
    void begin_elements(std::span<Part> parts, FunctionRef<void()> lock_parts);
    void prepare_to_flush(std::span<Part> parts, std::span<const Entry> entries);
    void look_up_several(std::span<const Place> places, std::span<Part> parts,
                         std::span<Entry> entries);
    void record_several(std::span<Part> parts, std::span<Entry> entries);
    // Puts down what a key shall become.
    void record(Part& part, const Entry& entry);
    void note_change();
    void write(const ChangedKey& changed);

    ChangedKeys changed_;
    int64_t visit_limit_ = 0;
    bool has_changes_ = false;
    bool command_has_written_ = false;
    bool has_snapshot_ = false;
};

}  // namespace store
