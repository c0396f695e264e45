// kv.collection_problems: the part of kv.check() that looks into collections.
#include "pg/entry.hpp"
#include "store/table_store.hpp"
#include "type/any.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace sql {

namespace {

using core::Bytes;

struct Key {
    std::string name;
    store::Type type;
};

std::vector<Key> keys_of(int database) {
    std::vector<Key> keys;
    store::TableStore store{Bytes()};
    uint64_t cursor = 0;
    do {
        cursor = store.scan(database, cursor, {}, 1000, [&](Bytes name, store::Type type) {
            if (type != store::Type::string)
                keys.push_back({std::string(name), type});
        });
    } while (cursor != 0);
    store.finish();
    return keys;
}

// Each key by a snapshot of its own, in which it and its elements agree.
std::vector<std::string> problems_of(int database, const std::string& name) {
    store::TableStore store{Bytes()};
    store::Entry entry;
    std::vector<std::string> problems;
    try {
        if (store.read({database, name}, entry))
            problems = type::problems(store, entry);
    } catch (const std::runtime_error& damage) {
        problems.emplace_back(damage.what());
    }
    store.finish();
    return problems;
}

void add_row(ReturnSetInfo* rows, int database, Bytes name, Bytes problem) {
    pg::call([&] {
        Datum values[] = {Int32GetDatum(database), store::make_bytea(name),
                          PointerGetDatum(cstring_to_text_with_len(
                              problem.data(), static_cast<int>(problem.size())))};
        bool nulls[3] = {};
        tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
    });
}

void add_problems(ReturnSetInfo* rows) {
    for (int database = 0; database < store::database_count; database++)
        for (const Key& key : keys_of(database)) {
            pg::call([] { CHECK_FOR_INTERRUPTS(); });
            for (const std::string& problem : problems_of(database, key.name))
                add_row(rows, database, key.name, problem);
        }
}

}  // namespace

}  // namespace sql

extern "C" {

SQL_FUNCTION(kv_collection_problems) {
    pg::entry([&] {
        auto* rows = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
        pg::call([&] { InitMaterializedSRF(fcinfo, 0); });
        sql::add_problems(rows);
    });
    PG_RETURN_NULL();
}
}
