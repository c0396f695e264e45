#include "worker/wanted.hpp"

#include "pg/settings.hpp"

extern "C" {
#include "catalog/pg_database.h"
#include "utils/varlena.h"
}

namespace worker {

namespace {

Wanted* find(WantedList& list, const char* name) {
    auto* end = list.items + list.count;
    auto* item = std::find_if(list.items, end, [name](const Wanted& item) {
        return strcmp(NameStr(item.name), name) == 0;
    });
    return item == end ? nullptr : item;
}

void add(WantedList& list, const char* name) {
    if (find(list, name))
        return;
    if (list.count == database_limit) {
        list.left_out++;
        return;
    }
    Wanted& item = list.items[list.count++];
    item = {};
    namestrcpy(&item.name, name);
    item.obstacle = State::no_database;
}

void read_setting(WantedList& list) {
    const char* setting = pg::settings::worker_databases();
    char* copy = pstrdup(setting ? setting : "");
    List* names = NIL;
    // A list that is not valid does not pass the setting's check.
    if (SplitIdentifierString(copy, ',', &names)) {
        ListCell* cell;
        foreach (cell, names)
            add(list, static_cast<const char*>(lfirst(cell)));
    }
    list_free(names);
    pfree(copy);
}

State obstacle_of(Form_pg_database database) {
    if (!database->datallowconn || database_is_invalid_form(database))
        return State::not_accepting;
    if (database->datistemplate)
        return State::is_template;
    return State::none;
}

// The launcher is connected to no database and so has no catalog caches: it reads the table.
void read_databases(WantedList& list) {
    Relation table = table_open(DatabaseRelationId, AccessShareLock);
    TableScanDesc scan = table_beginscan_catalog(table, 0, nullptr);
    while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
        auto* database = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
        Wanted* item = find(list, NameStr(database->datname));
        if (!item)
            continue;
        item->database = database->oid;
        item->obstacle = obstacle_of(database);
    }
    table_endscan(scan);
    table_close(table, AccessShareLock);
}

}  // namespace

const Wanted* WantedList::find(const char* name) const {
    return worker::find(const_cast<WantedList&>(*this), name);
}

void read_wanted(WantedList& list) {
    list.count = list.left_out = 0;
    StartTransactionCommand();
    PushActiveSnapshot(GetTransactionSnapshot());
    read_setting(list);
    read_databases(list);
    PopActiveSnapshot();
    CommitTransactionCommand();
}

}  // namespace worker
