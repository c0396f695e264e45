#include "memory_store.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace unit {

namespace {

constexpr size_t max_inline_value = 8;

bool same_place(const Place& left, const Place& right) {
    return left.database == right.database && left.key == right.key;
}

}  // namespace

class MemoryStore::Source final : public store::ValueSource {
public:
    Source(MemoryStore& store, Bytes value) : store_(store), value_(value) {}

    size_t size() override { return value_.size(); }
    Bytes load() override {
        store_.loads++;
        return value_;
    }
    Bytes slice(size_t offset, size_t length) override {
        if (offset > value_.size() || length > value_.size() - offset)
            throw std::logic_error("a slice past the end of a value");
        return Bytes(value_).substr(offset, length);
    }

private:
    MemoryStore& store_;
    std::string value_;
};

MemoryStore::MemoryStore() = default;

MemoryStore::~MemoryStore() = default;

void MemoryStore::show(const Place& place, Entry& entry) {
    entry = Entry();
    entry.elements = &elements_of(place.database);
    auto found = database(place.database).find(std::string(place.key));
    if (found == database(place.database).end())
        return;
    const Record& record = found->second;
    entry.exists = alive(record);
    entry.type = record.type;
    entry.encoding = record.encoding;
    entry.expires_at = record.expires_at;
    entry.version = record.version;
    if (record.value.size() <= max_inline_value) {
        shown_.push_back(std::make_unique<std::string>(record.value));
        entry.inline_value = *shown_.back();
    } else {
        sources_.push_back(std::make_unique<Source>(*this, record.value));
        entry.source = sources_.back().get();
    }
}

void MemoryStore::show_false_state(Entry& entry, bool exists) {
    entry = Entry();
    entry.elements = &elements;
    if (!exists)
        return;
    shown_.push_back(std::make_unique<std::string>("11"));
    entry.exists = true;
    entry.type = store::Type::string;
    entry.expires_at = clock + 12345;
    entry.inline_value = *shown_.back();
}

void MemoryStore::write(const Place& place, const Entry& entry) {
    std::string key(place.key);
    Database& keys = database(place.database);
    switch (entry.change) {
        case Entry::Change::none:
            break;
        case Entry::Change::put:
            if (entry.put_expires_at < clock)
                throw std::logic_error("a value that has expired was put");
            keys[key] = {entry.put_type, entry.put_encoding, std::string(entry.put_value),
                         entry.put_expires_at, clock * 1000};
            break;
        case Entry::Change::expire:
            if (!entry.exists)
                throw std::logic_error("an expiry was set on a missing key");
            keys.at(key).expires_at = entry.put_expires_at;
            keys.at(key).version = clock * 1000;
            break;
        case Entry::Change::remove:
            keys.erase(key);
            break;
    }
}

bool MemoryStore::read(const Place& place, Entry& entry) {
    shown_.clear();
    sources_.clear();
    show(place, entry);
    return entry.exists;
}

std::optional<MemoryStore::Record> MemoryStore::record(const Place& place) {
    auto found = database(place.database).find(std::string(place.key));
    if (found == database(place.database).end())
        return std::nullopt;
    return found->second;
}

void MemoryStore::drop_orphans(std::span<const Place> places,
                               std::span<const std::optional<Record>> before) {
    auto collection_of = [](const std::optional<Record>& record) {
        if (!record || record->type == store::Type::string)
            return std::optional<store::CollectionId>();
        return store::collection_of(record->value);
    };
    for (size_t i = 0; i < places.size(); i++) {
        MemoryElements& of = elements_of(places[i].database);
        std::optional<store::CollectionId> dropped = collection_of(before[i]);
        for (const Place& place : places)
            if (&elements_of(place.database) == &of && dropped == collection_of(record(place)))
                dropped.reset();
        if (dropped)
            of.drop(*dropped);
    }
}

void MemoryStore::begin_writing() {
    elements.begin();
    other_elements.begin();
}

void MemoryStore::finish_writing(const Status& status) {
    if (!status && (elements.wrote() || other_elements.wrote()))
        throw std::logic_error("a change failed, but wrote elements");
    elements.commit();
    other_elements.commit();
}

Status MemoryStore::modify(const Place& place, FunctionRef<Status(Entry&)> change) {
    changed_keys.emplace_back(place.key);
    int loads_before = loads;
    Entry entry;
    for (bool exists : {true, false}) {
        shown_.clear();
        sources_.clear();
        show_false_state(entry, exists);
        begin_writing();
        static_cast<void>(change(entry));
        elements.roll_back();
        other_elements.roll_back();
    }

    loads = loads_before;
    shown_.clear();
    sources_.clear();
    show(place, entry);
    begin_writing();
    Status status = change(entry);
    finish_writing(status);
    if (!status)
        return status;
    std::optional<Record> before = record(place);
    write(place, entry);
    drop_orphans({&place, 1}, {&before, 1});
    return {};
}

Status MemoryStore::modify(std::span<const Place> places,
                           FunctionRef<Status(std::span<Entry>)> change) {
    for (size_t i = 0; i < places.size(); i++)
        for (size_t j = 0; j < i; j++)
            if (same_place(places[i], places[j]))
                throw std::logic_error("a key was named twice in one change");
    shown_.clear();
    sources_.clear();
    std::vector<Entry> entries(places.size());
    for (size_t i = 0; i < places.size(); i++)
        show(places[i], entries[i]);
    begin_writing();
    Status status = change(entries);
    finish_writing(status);
    if (!status)
        return status;
    std::vector<std::optional<Record>> before;
    for (const Place& place : places)
        before.push_back(record(place));
    for (size_t i = 0; i < places.size(); i++)
        write(places[i], entries[i]);
    drop_orphans(places, before);
    return {};
}

void MemoryStore::keys(int number, Bytes prefix, FunctionRef<void(Bytes key)> visit) {
    scanned_prefix = prefix;
    for (const auto& [key, record] : database(number))
        if (alive(record) && key.starts_with(prefix))
            visit(key);
}

// A cursor counts the keys visited so far.
uint64_t MemoryStore::scan(int number, uint64_t cursor, Bytes prefix, int64_t count,
                           FunctionRef<void(Bytes key, store::Type type)> visit) {
    scanned_prefix = prefix;
    uint64_t place = 0;
    for (const auto& [key, record] : database(number)) {
        if (!key.starts_with(prefix) || place++ < cursor)
            continue;
        if (count-- == 0)
            return place - 1;
        if (alive(record))
            visit(key, record.type);
    }
    return 0;
}

std::optional<std::string> MemoryStore::random_key(int number) {
    for (const auto& [key, record] : database(number))
        if (alive(record))
            return key;
    return std::nullopt;
}

int64_t MemoryStore::size(int number) {
    return static_cast<int64_t>(database(number).size());
}

void MemoryStore::flush(int number) {
    database(number).clear();
}

void MemoryStore::flush_all() {
    for (Database& keys : databases)
        keys.clear();
}

void MemoryStore::swap(int first, int second) {
    std::swap(database(first), database(second));
}

}  // namespace unit
