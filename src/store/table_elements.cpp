#include "store/table_elements.hpp"

#include "pg/guard.hpp"
#include "store/pop_edges.hpp"

extern "C" {
#include "common/hashfn.h"
}

namespace store {

int64 hash_of_name(CollectionId collection, Bytes name) {
    uint64 hash =
        hash_bytes_extended(reinterpret_cast<const unsigned char*>(name.data()),
                            static_cast<int>(name.size()), static_cast<uint64>(collection)) &
        max_hash;
    return static_cast<int64>(std::max<uint64>(hash, 1));
}

Datum make_bytea(Bytes bytes) {
    size_t size = bytes.size() + VARHDRSZ;
    if (!AllocSizeIsValid(size))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("an element may not exceed 1 GB")));
    auto* datum = static_cast<bytea*>(palloc(size));
    SET_VARSIZE(datum, size);
    memcpy(VARDATA(datum), bytes.data(), bytes.size());
    return PointerGetDatum(datum);
}

void TableElements::begin(FunctionRef<void()> lock) {
    mode_ = Mode::deferring;
    wrote_ = false;
    lock_ = lock;
    pop_edges::begin_change();
}

void TableElements::begin_locked() {
    mode_ = Mode::locked;
    wrote_ = false;
    pop_edges::begin_change();
}

void TableElements::expect_change() const {
    if (mode_ == Mode::reading)
        throw std::logic_error("an element was written outside a change of its key");
}

void TableElements::finish() {
    flush();
    mode_ = Mode::reading;
}

void TableElements::abandon() {
    if (wrote_)
        throw std::logic_error("a change was given up after it wrote elements");
    deferred_.clear();
    mode_ = Mode::reading;
}

void TableElements::forget() {
    deferred_.clear();
    mode_ = Mode::reading;
    wrote_ = false;
    std::fill(std::begin(tables_), std::end(tables_), nullptr);
    forget_places();
}

// A place may be read only while the table is locked: it may be beyond its end later.
void TableElements::forget_places() {
    std::fill(std::begin(found_), std::end(found_), ItemPointerData());
}

void TableElements::lock_and_flush() {
    if (mode_ != Mode::locked) {
        expect_change();
        (*lock_)();
        mode_ = Mode::locked;
    }
    flush();
}

void TableElements::flush() {
    // What is put off may not be put off again.
    mode_ = Mode::locked;
    for (const std::function<void()>& write : deferred_)
        write();
    deferred_.clear();
}

void TableElements::close() {
    for (ElementTable*& table : tables_)
        if (table) {
            table->close();
            table = nullptr;
        }
    forget_places();
}

ElementTable* TableElements::table_to_read(ElementKind kind) {
    ElementTable*& table = tables_[static_cast<int>(kind)];
    if (!table)
        table = ElementTable::open(storage_, kind, ElementTable::Use::read);
    return table;
}

ElementTable* TableElements::table_to_write(ElementKind kind) {
    CHECK_FOR_INTERRUPTS();
    ElementTable*& table = tables_[static_cast<int>(kind)];
    if (table)
        table->prepare_to_write();
    else
        table = ElementTable::open(storage_, kind, ElementTable::Use::write);
    return table;
}

CollectionId TableElements::new_collection() {
    return pg::call([] { return next_row_id(); });
}

}  // namespace store
