#include "type/hash.hpp"

#include <algorithm>

namespace type {

// Redis's default. A larger hash is a hash table to it; here it is in rows long before.
constexpr size_t max_listpack_fields = 512;

void Hash::create(store::Store& store, Entry& target, std::span<const Field> fields,
                  int64_t expires_at) {
    Hash hash(store);
    hash.fields_.start(target);
    hash.fields_.put(fields);
    hash.note_encoding(fields);
    hash.fields_.write(target, expires_at);
}

const char* Hash::encoding() const {
    return fields_.encoding() == Encoding::large ? "hashtable" : "listpack";
}

bool Hash::set(Bytes field, Bytes value, std::optional<bool> is_there) {
    Field only{field, value};
    bool added = fields_.put({&only, 1}, is_there) == 1;
    note_encoding({&only, 1});
    return added;
}

uint64_t Hash::set_many(std::span<const Field> fields) {
    uint64_t added =
        fields.size() == 1 ? fields_.put(fields) : fields_.put(last_of_each_name(fields));
    note_encoding(fields);
    return added;
}

uint64_t Hash::erase(std::span<const Bytes> fields) {
    return fields.size() == 1 ? fields_.erase(fields) : fields_.erase(distinct(fields));
}

// As Redis, which looks at a value even if another for the same field follows it.
void Hash::note_encoding(std::span<const Field> added) {
    bool is_large = size() > max_listpack_fields ||
                    std::any_of(added.begin(), added.end(), [](const Field& field) {
                        return field.name.size() > max_packed_entry_size ||
                               field.value.size() > max_packed_entry_size;
                    });
    if (is_large)
        fields_.set_encoding(Encoding::large);
}

}  // namespace type
