// A store in memory that holds the commands to their contract with the store:
//
// - what a read or a change was shown is gone, for AddressSanitizer to see, at the next call;
// - each change of a single key is first tried on false states of the key, as if other sessions had
//   written it meanwhile, and only then on the true one;
// - values past a few bytes come from a ValueSource, which counts how often they were loaded.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "memory_elements.hpp"
#include "store/store.hpp"

namespace unit {

using core::Bytes;
using core::FunctionRef;
using core::Status;
using store::Entry;
using store::Place;

class MemoryStore final : public store::Store {
public:
    struct Record {
        store::Type type;
        store::Encoding encoding;
        std::string value;
        int64_t expires_at;
        int64_t version;

        bool operator==(const Record&) const = default;
    };
    using Database = std::map<std::string, Record>;

    MemoryStore();
    ~MemoryStore();

    // For the tests.
    int64_t clock = 1'700'000'000'000;
    std::array<Database, store::database_count> databases;
    MemoryElements elements;  // of all databases but those of the other storage class
    MemoryElements other_elements;
    int database_of_other_elements = 15;
    int loads = 0;  // of whole values that lie outside their rows
    int interrupt_checks = 0;
    std::vector<std::string> changed_keys;  // in the order of the calls to modify
    std::string scanned_prefix;             // of the last call to keys or scan

    int64_t now() override { return clock; }
    bool read(const Place& place, Entry& entry) override;
    Status modify(const Place& place, FunctionRef<Status(Entry&)> change) override;
    Status modify(std::span<const Place> places,
                  FunctionRef<Status(std::span<Entry>)> change) override;
    void keys(int database, Bytes prefix, FunctionRef<void(Bytes key)> visit) override;
    uint64_t scan(int database, uint64_t cursor, Bytes prefix, int64_t count,
                  FunctionRef<void(Bytes key, store::Type type)> visit) override;
    std::optional<std::string> random_key(int database) override;
    int64_t size(int database) override;
    void flush(int database) override;
    void flush_all() override;
    void swap(int first, int second) override;
    uint64_t random() override { return generator_(); }
    void check_interrupts() override { interrupt_checks++; }

private:
    class Source;

    Database& database(int number) { return databases.at(static_cast<size_t>(number)); }
    bool alive(const Record& record) const { return record.expires_at >= clock; }
    void show(const Place& place, Entry& entry);
    void show_false_state(Entry& entry, bool exists);
    void write(const Place& place, const Entry& entry);
    // Drops the elements of the collections that were put before a change, and are no more.
    void drop_orphans(std::span<const Place> places, std::span<const std::optional<Record>> before);
    std::optional<Record> record(const Place& place);
    MemoryElements& elements_of(int number) {
        return number == database_of_other_elements ? other_elements : elements;
    }
    void begin_writing();
    void finish_writing(const Status& status);

    std::mt19937_64 generator_{42};

    // What entries point to.
    std::vector<std::unique_ptr<std::string>> shown_;
    std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace unit
