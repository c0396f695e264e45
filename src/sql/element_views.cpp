// Functions behind the views of collections.
#include "core/packed_fields.hpp"
#include "core/packed_list.hpp"
#include "core/packed_zset.hpp"
#include "pg/entry.hpp"
#include "store/database_map.hpp"
#include "store/elements.hpp"
#include "store/key_table.hpp"
#include "store/store.hpp"
#include "store/table_elements.hpp"

extern "C" {
#include "access/detoast.h"
#include "utils/tuplestore.h"
}

namespace sql {

namespace {

using core::Bytes;
using store::Form;
using store::Type;

Bytes bytes_of(Datum datum) {
    struct varlena* value = PG_DETOAST_DATUM_PACKED(datum);
    return {VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))};
}

// The rows of kv.elements_of: name, value, score, position; what a type has not is null.
class ElementRows {
public:
    explicit ElementRows(FunctionCallInfo fcinfo)
        : rows_(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo)) {}

    void add_field(Bytes name, Bytes value) {
        begin();
        set_bytes(0, name);
        set_bytes(1, value);
        end();
    }
    void add_member(Bytes name) {
        begin();
        set_bytes(0, name);
        end();
    }
    void add_item(Bytes value, int64_t index) {
        begin();
        set_bytes(1, value);
        set(3, Int64GetDatum(index));
        end();
    }
    void add_scored(Bytes name, double score, int64_t rank) {
        begin();
        set_bytes(0, name);
        set(2, Float8GetDatum(score));
        set(3, Int64GetDatum(rank));
        end();
    }

private:
    static constexpr int width = 4;

    void begin() { std::fill_n(nulls_, width, true); }
    void set(int column, Datum value) {
        values_[column] = value;
        nulls_[column] = false;
    }
    void set_bytes(int column, Bytes bytes) {
        pg::call([&] {
            auto* datum = static_cast<bytea*>(palloc(bytes.size() + VARHDRSZ));
            SET_VARSIZE(datum, bytes.size() + VARHDRSZ);
            memcpy(VARDATA(datum), bytes.data(), bytes.size());
            set(column, PointerGetDatum(datum));
        });
    }
    void end() {
        pg::call([&] {
            tuplestore_putvalues(rows_->setResult, rows_->setDesc, values_, nulls_);
            for (int column = 0; column < 2; column++)
                if (!nulls_[column])
                    pfree(DatumGetPointer(values_[column]));
        });
    }

    ReturnSetInfo* rows_;
    Datum values_[width] = {};
    bool nulls_[width];
};

void add_packed_fields(core::PackedFields::Shape shape, Bytes value, ElementRows& rows) {
    core::PackedFields fields(shape);
    fields.view(value);
    core::PackedFields::Entry entry;
    for (auto cursor = fields.begin(); cursor.next(entry);) {
        if (shape == core::PackedFields::Shape::pairs)
            rows.add_field(entry.name, entry.value);
        else
            rows.add_member(entry.name);
    }
}

void add_packed_list(Bytes value, ElementRows& rows) {
    core::PackedList list(value.substr(1));
    list.walk(0, list.size(), [&](size_t index, Bytes item) {
        rows.add_item(item, static_cast<int64_t>(index));
        return true;
    });
}

void add_packed_zset(Bytes value, ElementRows& rows) {
    int64_t rank = 0;
    core::PackedZSet(value).forward([&](const core::PackedZSet::Member& member) {
        rows.add_scored(member.name, member.score, rank++);
        return true;
    });
}

void add_packed(Type type, Bytes value, ElementRows& rows) {
    switch (type) {
        case Type::hash:
            add_packed_fields(core::PackedFields::Shape::pairs, value, rows);
            break;
        case Type::set:
            add_packed_fields(core::PackedFields::Shape::names, value, rows);
            break;
        case Type::list:
            add_packed_list(value, rows);
            break;
        case Type::zset:
            add_packed_zset(value, rows);
            break;
        default:
            break;
    }
}

// Whether a key that the role may read names a collection. The caller's value alone is not to be
// trusted with the collection's id.
bool names(store::Keyspace keyspace, Bytes name, store::CollectionId collection) {
    store::RowKey key;
    key.set(keyspace, name);
    store::KeyTable* table = store::KeyTable::open(keyspace.storage, store::KeyTable::Use::read);
    bool found =
        table->find(key, GetActiveSnapshot()) && store::collection_of(table->row()) == collection;
    table->close();
    return found;
}

// The elements that have rows of their own, as the statement's snapshot sees them.
void add_stored(int32 database, Type type, Bytes name, Bytes value, ElementRows& rows) {
    store::CollectionId id = *store::collection_of(value);
    store::Keyspace keyspace;
    bool is_shown = pg::call([&] {
        keyspace = store::keyspace_of(database);
        return store::has_access(database, store::Access::read) && names(keyspace, name, id);
    });
    if (!is_shown)
        return;
    store::CommandSnapshot snapshot(GetActiveSnapshot());
    store::TableElements elements(keyspace.storage, snapshot);
    int64_t place = 0;
    switch (type) {
        case Type::list:
            elements.items().walk(id, INT64_MIN, INT64_MAX, store::Direction::forward,
                                  [&](int64_t, Bytes item) {
                                      rows.add_item(item, place++);
                                      return true;
                                  });
            break;
        case Type::zset:
            elements.members().range(id, store::Gap::begin(), store::Direction::forward,
                                     [&](Bytes member, double score) {
                                         rows.add_scored(member, score, place++);
                                         return true;
                                     });
            break;
        default:
            elements.fields().walk(id, 1, store::max_hash,
                                   [&](uint64_t, Bytes field, Bytes field_value) {
                                       if (type == Type::hash)
                                           rows.add_field(field, field_value);
                                       else
                                           rows.add_member(field);
                                       return true;
                                   });
    }
    pg::call([&] { elements.close(); });
}

bool is_packed(Bytes value) {
    return value.starts_with(static_cast<char>(Form::packed));
}

void add_elements(FunctionCallInfo fcinfo) {
    auto type = static_cast<Type>(PG_GETARG_CHAR(1));
    Bytes name;
    Bytes value;
    pg::call([&] {
        InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
        name = bytes_of(PG_GETARG_DATUM(2));
        value = bytes_of(PG_GETARG_DATUM(3));
    });
    ElementRows rows(fcinfo);
    if (is_packed(value))
        add_packed(type, value, rows);
    else if (store::collection_of(value))
        add_stored(PG_GETARG_INT32(0), type, name, value, rows);
}

// How many elements a collection's value tells of: packed, in the byte behind the form; in rows, in
// eight bytes behind the id, of a list behind the position of its first item, too.
int64 element_count(Type type, Bytes value) {
    if (is_packed(value))
        return value.size() > 1 ? static_cast<unsigned char>(value[1]) : 0;
    size_t offset = store::rows_header_size + (type == Type::list ? sizeof(int64) : 0);
    int64 count = 0;
    if (value.size() >= offset + sizeof(count))
        memcpy(&count, value.data() + offset, sizeof(count));
    return count;
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_elements_of) {
    pg::entry([&] { sql::add_elements(fcinfo); });
    PG_RETURN_NULL();
}

SQL_FUNCTION(kv_size_of) {
    auto type = static_cast<store::Type>(PG_GETARG_CHAR(0));
    if (type == store::Type::string)
        PG_RETURN_INT64(static_cast<int64>(toast_raw_datum_size(PG_GETARG_DATUM(1)) - VARHDRSZ));
    PG_RETURN_INT64(sql::element_count(type, sql::bytes_of(PG_GETARG_DATUM(1))));
}
}
