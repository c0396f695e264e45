#include "type/field_storage.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "type/random_pick.hpp"

namespace type {

using core::PackedFields;

static_assert(static_cast<char>(Form::packed) == PackedFields::marker);
static_assert(max_packed_entries <= PackedFields::max_count);
static_assert(max_packed_entry_size <= PackedFields::max_text_size);

namespace {

// In rows the number of fields follows the collection's id.
constexpr size_t rows_value_size = store::rows_header_size + sizeof(uint64_t);

std::string rows_value(CollectionId id, uint64_t size) {
    std::string value(rows_value_size, static_cast<char>(Form::rows));
    std::memcpy(value.data() + 1, &id, sizeof(id));
    std::memcpy(value.data() + store::rows_header_size, &size, sizeof(size));
    return value;
}

uint64_t size_in(Bytes value) {
    uint64_t size = 0;
    if (value.size() == rows_value_size)
        std::memcpy(&size, value.data() + store::rows_header_size, sizeof(size));
    if (size == 0)
        throw std::runtime_error("the value of a hash or set in rows is corrupt");
    return size;
}

bool fits_a_packed_entry(const Field& field) {
    return field.name.size() <= max_packed_entry_size &&
           field.value.size() <= max_packed_entry_size;
}

}  // namespace

Status FieldStorage::view(const Entry& entry) {
    RETURN_IF_ERROR(expect_type(entry, type_));
    start(entry);
    if (!entry.exists)
        return {};
    Bytes value = entry.value();
    encoding_ = entry.encoding;
    id_ = store::collection_of(value);
    if (is_packed())
        packed_.view(value);
    size_ = is_packed() ? packed_.count() : size_in(value);
    return {};
}

Status FieldStorage::open(const Entry& entry) {
    RETURN_IF_ERROR(view(entry));
    packed_.own();
    return {};
}

std::optional<Bytes> FieldStorage::find(Bytes name) const {
    if (!is_packed())
        return rows().find(*id_, name);
    if (std::optional<PackedFields::Entry> entry = packed_.find(name))
        return entry->value;
    return std::nullopt;
}

void FieldStorage::walk(VisitField visit) const {
    if (!is_packed()) {
        rows().walk_all(*id_, visit);
        return;
    }
    PackedFields::Entry entry;
    for (auto at = packed_.begin(); at.next(entry);)
        if (!visit(entry.name, entry.value))
            return;
}

uint64_t FieldStorage::scan(uint64_t cursor, uint64_t count, TakeField take) const {
    if (!is_packed())
        return scan_rows(cursor, count, take);
    walk([&](Bytes name, Bytes value) {
        take(name, value);
        return true;
    });
    return 0;
}

// The cursor is the hash of the next field, which stays the same whatever comes and goes around
// it. Fields that share a hash are taken together.
uint64_t FieldStorage::scan_rows(uint64_t cursor, uint64_t count, TakeField take) const {
    uint64_t next = 0;
    uint64_t taken = 0;
    uint64_t last_hash = 0;
    if (cursor > store::max_hash)
        return 0;
    rows().walk(*id_, std::max<uint64_t>(cursor, 1), store::max_hash,
                [&](uint64_t hash, Bytes name, Bytes value) {
                    if (taken >= count && hash != last_hash) {
                        next = hash;
                        return false;
                    }
                    taken++;
                    last_hash = hash;
                    take(name, value);
                    return true;
                });
    return next;
}

void FieldStorage::pick(TakeField take) const {
    if (size_ == 0)
        return;
    if (is_packed()) {
        PackedFields::Entry entry = packed_.at(random_below(store_, size_));
        take(entry.name, entry.value);
        return;
    }
    pick_random(store_, rows(), *id_, size_, take);
}

void FieldStorage::pick_many(int64_t count, TakeField take) const {
    if (count >= 0)
        pick_distinct(static_cast<uint64_t>(count), take);
    else if (size_ > 0)
        pick_independently(-static_cast<uint64_t>(count), take);
}

void FieldStorage::pick_independently(uint64_t count, TakeField take) const {
    for (uint64_t i = 0; i < count; i++) {
        check_interrupts(i);
        pick(take);
    }
}

void FieldStorage::pick_distinct(uint64_t count, TakeField take) const {
    if (is_packed() || worth_walking(count, size_)) {
        Sample sample(store_, std::min(count, size_), size_);
        walk([&](Bytes name, Bytes value) {
            if (sample.takes_next())
                take(name, value);
            return true;
        });
        return;
    }
    std::unordered_set<std::string> picked;
    for (size_t i = 0; picked.size() < count; i++) {
        check_interrupts(i);
        pick([&](Bytes name, Bytes value) {
            if (picked.emplace(name).second)
                take(name, value);
        });
    }
}

bool FieldStorage::stays_packed(std::span<const Field> fields) const {
    size_t count = packed_.count();
    size_t bytes = packed_.bytes().size();
    for (const Field& field : fields) {
        if (std::optional<PackedFields::Entry> old = packed_.find(field.name)) {
            count--;
            bytes -= old->size();
        }
        count++;
        bytes += packed_.entry_size(field);
        if (count > max_packed_entries || !fits_a_packed_entry(field))
            return false;
    }
    return bytes <= max_packed_size;
}

uint64_t FieldStorage::put(std::span<const Field> fields, std::optional<bool> are_there) {
    uint64_t added =
        is_packed() && stays_packed(fields) ? put_packed(fields) : put_rows(fields, are_there);
    size_ += added;
    return added;
}

uint64_t FieldStorage::put_packed(std::span<const Field> fields) {
    uint64_t added = 0;
    for (const Field& field : fields) {
        std::optional<PackedFields::Entry> old = packed_.find(field.name);
        if (!old)
            packed_.append(field);
        else if (shape_ == Shape::pairs)
            packed_.replace_value(*old, field.value);
        added += !old;
        changed_ |= !old || shape_ == Shape::pairs;
    }
    return added;
}

// Reads whatever there is to read before it writes, and writes no row twice.
uint64_t FieldStorage::put_rows(std::span<const Field> fields, std::optional<bool> are_there) {
    uint64_t replaced = 0;
    std::vector<bool> is_update(fields.size());
    if (is_packed()) {
        for (const Field& field : fields)
            if (std::optional<PackedFields::Entry> old = packed_.find(field.name))
                packed_.erase(*old);
        replaced = size_ - packed_.count();
        move_to_rows();
    } else {
        for (size_t i = 0; i < fields.size(); i++) {
            check_interrupts(i);
            is_update[i] = are_there ? *are_there : contains(fields[i].name);
            replaced += is_update[i];
        }
    }

    for (size_t i = 0; i < fields.size(); i++) {
        check_interrupts(i);
        if (!is_update[i])
            rows().insert(*id_, fields[i].name, fields[i].value);
        else if (shape_ == Shape::pairs)
            rows().update(*id_, fields[i].name, fields[i].value);
    }
    changed_ |= replaced < fields.size() || shape_ == Shape::pairs;
    return fields.size() - replaced;
}

void FieldStorage::move_to_rows() {
    packed_.own();
    id_ = elements_->new_collection();
    PackedFields::Entry entry;
    for (auto at = packed_.begin(); at.next(entry);)
        rows().insert(*id_, entry.name, entry.value);
    changed_ = true;
}

uint64_t FieldStorage::erase(std::span<const Bytes> names) {
    uint64_t erased = 0;
    if (is_packed()) {
        for (Bytes name : names) {
            if (std::optional<PackedFields::Entry> entry = packed_.find(name)) {
                packed_.erase(*entry);
                erased++;
            }
        }
    } else {
        std::vector<Bytes> found;
        for (size_t i = 0; i < names.size(); i++) {
            check_interrupts(i);
            if (contains(names[i]))
                found.push_back(names[i]);
        }
        erased = found.size();
        // The last ones go with the key.
        for (size_t i = 0; i < found.size() && erased < size_; i++) {
            check_interrupts(i);
            rows().erase(*id_, found[i]);
        }
    }
    size_ -= erased;
    changed_ |= erased > 0;
    return erased;
}

bool FieldStorage::keep_packed(std::span<const Field> fields) {
    FieldStorage kept(store_, type_, shape_);
    if (!kept.stays_packed(fields))
        return false;
    kept.put_packed(fields);
    packed_ = std::move(kept.packed_);
    id_.reset();
    size_ = fields.size();
    changed_ = true;
    return true;
}

void FieldStorage::save(Entry& entry) const {
    if (changed_)
        write(entry, same_expiry(entry));
}

void FieldStorage::write(Entry& entry, int64_t expires_at) const {
    if (size_ == 0) {
        entry.remove();
        return;
    }
    Bytes value = entry.keep(is_packed() ? std::string(packed_.bytes()) : rows_value(*id_, size_));
    entry.put(type_, value, expires_at, encoding_);
}

void FieldStorage::copy_to(Entry& target, int64_t expires_at) const {
    constexpr uint64_t fields_at_a_time = 256;
    FieldStorage copy(*this);
    copy.start(target);
    if (!is_packed()) {
        copy.id_ = target.elements->new_collection();
        uint64_t cursor = 0;
        do {
            std::vector<std::pair<std::string, std::string>> fields;
            cursor = scan(cursor, fields_at_a_time,
                          [&](Bytes name, Bytes value) { fields.emplace_back(name, value); });
            for (const auto& [name, value] : fields)
                copy.rows().insert(*copy.id_, name, value);
            store_.check_interrupts();
        } while (cursor != 0);
    }
    copy.write(target, expires_at);
}

void FieldStorage::check_interrupts(size_t iteration) const {
    if (iteration % 1024 == 1023)
        store_.check_interrupts();
}

std::vector<Field> last_of_each_name(std::span<const Field> fields) {
    std::vector<Field> last;
    std::unordered_map<Bytes, size_t> places;
    for (const Field& field : fields) {
        auto [place, is_new] = places.emplace(field.name, last.size());
        if (is_new)
            last.push_back(field);
        else
            last[place->second] = field;
    }
    return last;
}

std::vector<Bytes> distinct(std::span<const Bytes> names) {
    std::vector<Bytes> once;
    std::unordered_set<Bytes> seen;
    for (Bytes name : names)
        if (seen.insert(name).second)
            once.push_back(name);
    return once;
}

}  // namespace type
