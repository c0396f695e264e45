// How the commands of a turn change keys: in memory, but for the elements of large collections,
// which are written at once, after the key's row was locked.
#include "pg/guard.hpp"
#include "store/turn_store.hpp"

namespace store {

namespace {

bool changes(const Entry& entry) {
    return entry.change == Entry::Change::remove ? entry.exists
                                                 : entry.change != Entry::Change::none;
}

}  // namespace

struct TurnStore::Part : Subject {
    std::string name;
    std::string value;              // that was found, of one of several keys
    ChangedKey* changed = nullptr;  // by an earlier command of the turn, or about to be
    bool is_locked = false;

    // Goes on from where the commands before have left the key.
    void resume() {
        is_there = changed->is_there;
        is_new = changed->is_new;
        is_locked = changed->is_locked;
        tid = changed->tid;
        collection = changed->collection;
        row.type = changed->type;
    }
};

void TurnStore::look_up(const Place& place, Bytes name, Access access, Part& part,
                        ToastedValue& toasted, Entry& entry) {
    pg::call([&] {
        check_access(place.database, access);
        part.target = target(place.database, KeyTable::Use::write);
        part.key.set(part.target.keyspace, name);
        part.changed = changed_.find(part.key);
        if (!part.changed) {
            StoreInTables::look_up(part, toasted, entry);
            return;
        }
        entry.elements = &elements(part.target);
        part.resume();
        fill(*part.changed, part.key, toasted, entry);
    });
}

// Begins to keep a key as it was found. A value that is read from the table is not copied if it is
// large; in most cases another is put in its place.
ChangedKey& TurnStore::keep(const Part& part, const Entry& entry) {
    ChangedKey& changed = changed_.add(part.key);
    changed.is_there = part.is_there;
    changed.is_new = part.is_new;
    changed.is_locked = part.is_locked;
    if (!part.is_there)
        return changed;
    changed.tid = part.tid;
    changed.id = part.row.id;
    changed.was_key = part.row.type != Type::none;
    changed.type = part.row.type;
    changed.encoding = part.row.encoding;
    changed.due = part.row.due;
    changed.expires_at = part.row.expires_at;
    changed.version = part.row.version;
    changed.collection = part.collection;
    if (entry.change != Entry::Change::expire)
        return changed;
    changed.value_stays = entry.source != nullptr;
    changed.value = entry.inline_value;
    return changed;
}

void TurnStore::lock(Part& part) {
    if (part.is_locked)
        return;
    StoreInTables::lock(part);
    part.is_locked = true;
    if (part.changed) {
        part.changed->is_there = part.is_there;
        part.changed->is_new = part.is_new;
        part.changed->is_locked = true;
        part.changed->tid = part.tid;
        part.changed->id = part.row.id;
        part.row.type = part.changed->type;
    } else if (part.is_new) {
        part.changed = &keep(part, Entry());
    }
}

TurnStore::State TurnStore::state(const Place& place) {
    Entry entry;
    read_silently(place, entry);
    return {entry.exists, entry.version};
}

TurnStore::State TurnStore::lock_key(const Place& place) {
    std::string buffer;
    Bytes name = full_name(place.key, buffer);
    Part part;
    Entry entry;
    look_up(place, name, Access::read, part, toasted_, entry);
    lock(part);
    return {entry.exists, entry.version};
}

void TurnStore::record(Part& part, const Entry& entry) {
    if (!changes(entry))
        return;
    ChangedKey& changed = part.changed ? *part.changed : keep(part, entry);
    if (entry.change == Entry::Change::put) {
        changed.type = entry.put_type;
        changed.encoding = entry.put_encoding;
        changed.value.assign(entry.put_value);
        changed.value_stays = false;
        changed.collection =
            changed.type == Type::string ? std::nullopt : collection_of(Bytes(changed.value));
    }
    if (entry.change == Entry::Change::remove) {
        changed.type = Type::none;
        changed.value.clear();
        changed.value_stays = false;
        changed.collection.reset();
    } else {
        changed.expires_at = entry.put_expires_at;
        changed.due = due_for(entry.put_expires_at, milliseconds(), changed.due);
    }
    changed.version = next_version(changed.version);
    changed.is_changed = true;
    note_change();
}

// What was put off is about to be written, for which the keys' rows must be locked.
void TurnStore::prepare_to_flush(std::span<Part> parts, std::span<const Entry> entries) {
    if (!elements_[0].has_deferred() && !elements_[1].has_deferred())
        return;
    if (std::none_of(entries.begin(), entries.end(), changes))
        throw std::logic_error("elements were written, but not their key");
    for (Part& part : parts)
        lock(part);
}

void TurnStore::begin_elements(std::span<Part> parts, FunctionRef<void()> lock_parts) {
    bool are_locked =
        std::all_of(parts.begin(), parts.end(), [](const Part& part) { return part.is_locked; });
    for (TableElements& elements : elements_)
        are_locked ? elements.begin_locked() : elements.begin(lock_parts);
}

Status TurnStore::modify(const Place& place, FunctionRef<Status(Entry&)> change) {
    std::string buffer;
    Bytes name = full_name(place.key, buffer);
    Part part;
    Entry entry;
    look_up(place, name, Access::write, part, toasted_, entry);
    auto lock_part = [&] {
        lock(part);
    };
    TableElements& elements = this->elements(part.target);
    part.is_locked ? elements.begin_locked() : elements.begin(lock_part);
    Status status = change(entry);
    if (!status) {
        elements.abandon();
        return status;
    }
    prepare_to_flush({&part, 1}, {&entry, 1});
    Outcome outcome{&part, &entry};
    drop_collections({&outcome, 1});
    record(part, entry);
    elements.finish();
    return status;
}

void TurnStore::look_up_several(std::span<const Place> places, std::span<Part> parts,
                                std::span<Entry> entries) {
    for (size_t i = 0; i < places.size(); i++) {
        Part& part = parts[i];
        Entry& entry = entries[i];
        part.name = std::string(prefix_).append(places[i].key);
        ToastedValue toasted;
        look_up(places[i], part.name, Access::write, part, toasted, entry);
        // The table's slot is needed for the next row, so the value is copied.
        bool is_in_memory = part.changed && !part.changed->value_stays;
        if (entry.exists && !is_in_memory) {
            part.value = entry.value();
            entry.source = nullptr;
            entry.inline_value = part.value;
        }
    }
}

Status TurnStore::modify(std::span<const Place> places,
                         FunctionRef<Status(std::span<Entry>)> change) {
    std::vector<Part> parts(places.size());
    std::vector<Entry> entries(places.size());
    look_up_several(places, parts, entries);
    auto lock_parts = [&] {
        for (Part& part : parts)
            lock(part);
    };
    begin_elements(parts, lock_parts);
    Status status = change(entries);
    if (!status) {
        for (TableElements& elements : elements_)
            elements.abandon();
        return status;
    }
    prepare_to_flush(parts, entries);
    record_several(parts, entries);
    for (TableElements& elements : elements_)
        elements.finish();
    return status;
}

// What one key becomes may be what another was, so all is copied before anything is put down.
void TurnStore::record_several(std::span<Part> parts, std::span<Entry> entries) {
    std::vector<std::string> values;
    values.reserve(parts.size());
    std::vector<Outcome> outcomes;
    for (size_t i = 0; i < parts.size(); i++) {
        Entry& entry = entries[i];
        if (entry.change == Entry::Change::put)
            entry.put_value = values.emplace_back(entry.put_value);
        outcomes.push_back({&parts[i], &entry});
    }
    drop_collections(outcomes);
    for (size_t i = 0; i < parts.size(); i++)
        record(parts[i], entries[i]);
}

}  // namespace store
