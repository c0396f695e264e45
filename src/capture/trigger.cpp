// The trigger function of watched tables.
#include "capture/changes.hpp"
#include "pg/entry.hpp"
#include "store/catalog.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace capture {

namespace {

TriggerData* trigger_of(FunctionCallInfo fcinfo) {
    auto* trigger =
        CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
    if (!trigger || !TRIGGER_FIRED_AFTER(trigger->tg_event))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("kv.capture_change() is a function of triggers AFTER a change"),
                        errhint("SELECT kv.cache_table(...) makes them.")));
    // Raises if the tables are not those that this library knows.
    store::catalog();
    return trigger;
}

outbox::Operation operation_of(TriggerEvent event) {
    return TRIGGER_FIRED_BY_INSERT(event)   ? outbox::Operation::insert
           : TRIGGER_FIRED_BY_UPDATE(event) ? outbox::Operation::update
           : TRIGGER_FIRED_BY_DELETE(event) ? outbox::Operation::erase
                                            : outbox::Operation::all;
}

// One of the two transition tables of a statement.
class Rows {
public:
    Rows(Tuplestorestate* rows, TupleDesc row) : rows_(rows) {
        if (!rows)
            return;
        slot_ = MakeSingleTupleTableSlot(row, &TTSOpsMinimalTuple);
        // Whoever reads after us begins anew, too.
        tuplestore_select_read_pointer(rows, 0);
        tuplestore_rescan(rows);
    }

    // Null after the last one.
    TupleTableSlot* next() {
        return rows_ && tuplestore_gettupleslot(rows_, true, false, slot_) ? slot_ : nullptr;
    }
    int64 count() const { return rows_ ? tuplestore_tuple_count(rows_) : 0; }
    void close() {
        if (rows_)
            ExecDropSingleTupleTableSlot(slot_);
    }

private:
    Tuplestorestate* rows_;
    TupleTableSlot* slot_ = nullptr;
};

void add_transition_tables(TriggerData* trigger, Changes& changes) {
    Rows before(trigger->tg_oldtable, RelationGetDescr(trigger->tg_relation));
    Rows after(trigger->tg_newtable, RelationGetDescr(trigger->tg_relation));
    bool are_many = before.count() > 1 || after.count() > 1;
    MemoryContext memory = CurrentMemoryContext;
    MemoryContext row_memory =
        are_many ? AllocSetContextCreate(memory, "pg_kv row", ALLOCSET_DEFAULT_SIZES) : memory;
    for (;;) {
        TupleTableSlot* old_row = before.next();
        TupleTableSlot* new_row = after.next();
        if (!old_row && !new_row)
            break;
        CHECK_FOR_INTERRUPTS();
        MemoryContextSwitchTo(row_memory);
        changes.add(old_row, new_row);
        MemoryContextSwitchTo(memory);
        if (are_many)
            MemoryContextReset(row_memory);
    }
    before.close();
    after.close();
}

void add_row(TriggerData* trigger, Changes& changes) {
    if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
        changes.add(nullptr, trigger->tg_trigslot);
    else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
        changes.add(trigger->tg_trigslot, nullptr);
    else
        changes.add(trigger->tg_trigslot, trigger->tg_newslot);
}

void capture(FunctionCallInfo fcinfo) {
    TriggerData* trigger = pg::call([&] { return trigger_of(fcinfo); });
    watch::InUse watches(watch::watches_of(RelationGetRelid(trigger->tg_relation)));
    bool is_row = TRIGGER_FIRED_FOR_ROW(trigger->tg_event);
    outbox::Operation operation = operation_of(trigger->tg_event);
    Changes changes(*watches, operation, is_row ? Changes::Level::row : Changes::Level::statement);
    if (changes.concern_nobody())
        return;
    pg::call([&] {
        if (operation == outbox::Operation::all)
            changes.add_all();
        else if (is_row)
            add_row(trigger, changes);
        else
            add_transition_tables(trigger, changes);
        changes.write();
    });
}

}  // namespace

}  // namespace capture

extern "C" {

SQL_FUNCTION(kv_capture_change) {
    return pg::entry([&] {
        capture::capture(fcinfo);
        return PointerGetDatum(nullptr);
    });
}
}
