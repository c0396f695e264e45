#include "store/database_map.hpp"

#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "utils/guc.h"
}

namespace store {

namespace {

// Columns of kv.database_map.
enum { column_number = 1, column_name, column_keyspace, column_storage };

Keyspace keyspaces[database_count];
NameData names[database_count];  // empty where a database has none
bool keyspaces_valid = false;

// Access as found for one role: what is known, and what is allowed.
struct KnownAccess {
    Oid role = InvalidOid;
    uint16_t known[2] = {};
    uint16_t allowed[2] = {};
};
KnownAccess known_access;

void load_keyspaces() {
    // A database without a row has the keyspace of its own number.
    for (int number = 0; number < database_count; number++) {
        keyspaces[number] = {number, Storage::durable};
        namestrcpy(&names[number], "");
    }
    Relation table = open_own_table(AccessShareLock, [](const Catalog& relations) {
        return relations.database_map;
    });
    SysScanDesc scan = systable_beginscan(table, InvalidOid, false, nullptr, 0, nullptr);
    while (HeapTuple tuple = systable_getnext(scan)) {
        bool is_null;
        TupleDesc row = RelationGetDescr(table);
        int number = DatumGetInt16(heap_getattr(tuple, column_number, row, &is_null));
        int32_t id = DatumGetInt32(heap_getattr(tuple, column_keyspace, row, &is_null));
        char storage = DatumGetChar(heap_getattr(tuple, column_storage, row, &is_null));
        if (number < 0 || number >= database_count)
            continue;
        keyspaces[number] = {id, storage == 'c' ? Storage::cache : Storage::durable};
        Datum name = heap_getattr(tuple, column_name, row, &is_null);
        if (!is_null)
            names[number] = *DatumGetName(name);
    }
    systable_endscan(scan);
    table_close(table, AccessShareLock);
    keyspaces_valid = true;
}

void forget_map(Datum, Oid changed) {
    if (changed == InvalidOid || may_be_database_map(changed))
        keyspaces_valid = false;
}

void forget_access(Datum, int, uint32) {
    known_access.role = InvalidOid;
}

bool look_up_access(int database, Access access) {
    AclMode mode = access == Access::read ? ACL_SELECT : ACL_INSERT;
    bool is_missing = false;
    Oid view = catalog().database_views[database];
    return pg_class_aclcheck_ext(view, GetUserId(), mode, &is_missing) == ACLCHECK_OK;
}

// Where waiting is forbidden, what follows waits no longer than a thousandth of a second for a
// lock, and then raises. An error leaves it to the transaction's abort to set this back.
int shorten_waits() {
    int settings_level = NewGUCNestLevel();
    if (!patience::may_wait())
        (void)set_config_option("lock_timeout", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
                                true, 0, false);
    return settings_level;
}

void lengthen_waits(int settings_level) {
    AtEOXact_GUC(true, settings_level);
}

// Makes sure that the databases have rows in the map, and locks them in the order of numbers.
void lock_map_rows(int first, int second) {
    Oid owner = catalog().extension_owner;
    std::initializer_list<pg::spi::Argument> numbers = {pg::spi::integer(std::min(first, second)),
                                                        pg::spi::integer(std::max(first, second))};
    pg::spi::execute(owner,
                     "INSERT INTO kv.database_map (number, keyspace, storage) "
                     "SELECT number, number, 'd' FROM (VALUES ($1), ($2)) AS wanted (number) "
                     "ORDER BY number ON CONFLICT (number) DO NOTHING",
                     numbers);
    pg::spi::execute(owner,
                     "SELECT FROM kv.database_map WHERE number IN ($1, $2) "
                     "ORDER BY number FOR UPDATE",
                     numbers);
}

}  // namespace

Keyspace keyspace_of(int database) {
    AcceptInvalidationMessages();
    if (!keyspaces_valid)
        load_keyspaces();
    return keyspaces[database];
}

bool has_access(int database, Access access) {
    Oid role = GetUserId();
    if (known_access.role != role) {
        known_access = KnownAccess();
        known_access.role = role;
    }
    int kind = static_cast<int>(access);
    uint16_t bit = static_cast<uint16_t>(1 << database);
    if (!(known_access.known[kind] & bit)) {
        bool allowed = look_up_access(database, access);
        known_access.role = role;  // the lookup may have made us forget
        known_access.known[kind] |= bit;
        if (allowed)
            known_access.allowed[kind] |= bit;
        else
            known_access.allowed[kind] &= static_cast<uint16_t>(~bit);
    }
    return (known_access.allowed[kind] & bit) != 0;
}

void check_access(int database, Access access) {
    if (has_access(database, access))
        return;
    const char* right = access == Access::read ? "read" : "write";
    ereport(
        ERROR,
        (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
         errmsg("permission denied to %s database %d of pg_kv", right, database),
         errhint("A member of the extension's owner can run SELECT kv.grant_%s('%s', db => %d).",
                 right, GetUserNameFromId(GetUserId(), false), database)));
}

int database_named(const char* name) {
    AcceptInvalidationMessages();
    if (!keyspaces_valid)
        load_keyspaces();
    for (int number = 0; number < database_count; number++)
        if (*name != '\0' && strcmp(NameStr(names[number]), name) == 0)
            return number;
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("pg_kv has no database named \"%s\"", name),
             errhint("The view kv.databases lists the names; kv.name_database gives one.")));
    pg_unreachable();
}

void flush_database(int database) {
    Oid owner = catalog().extension_owner;
    int settings_level = shorten_waits();
    lock_map_rows(database, database);
    pg::spi::execute(owner,
                     "INSERT INTO kv.dropped_keyspace (keyspace, storage) "
                     "SELECT keyspace, storage FROM kv.database_map WHERE number = $1",
                     {pg::spi::integer(database)});
    pg::spi::execute(owner,
                     "UPDATE kv.database_map SET keyspace = nextval('kv.keyspace_id') "
                     "WHERE number = $1",
                     {pg::spi::integer(database)});
    lengthen_waits(settings_level);
    announce_databases();
}

void swap_databases(int first, int second) {
    if (first == second)
        return;
    int settings_level = shorten_waits();
    lock_map_rows(first, second);
    pg::spi::execute(catalog().extension_owner,
                     "UPDATE kv.database_map AS map "
                     "SET keyspace = other.keyspace, storage = other.storage "
                     "FROM kv.database_map AS other "
                     "WHERE map.number IN ($1, $2) AND other.number IN ($1, $2) "
                     "AND other.number <> map.number",
                     {pg::spi::integer(first), pg::spi::integer(second)});
    lengthen_waits(settings_level);
    announce_databases();
}

void announce_databases() {
    CacheInvalidateRelcacheByRelid(catalog().database_map);
    CommandCounterIncrement();
}

void forget_databases() {
    keyspaces_valid = false;
}

void watch_database_map() {
    CacheRegisterRelcacheCallback(forget_map, 0);
    CacheRegisterSyscacheCallback(RELOID, forget_access, 0);
    CacheRegisterSyscacheCallback(AUTHOID, forget_access, 0);
    CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, forget_access, 0);
}

}  // namespace store
