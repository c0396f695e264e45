#include "pg/settings.hpp"

#include "pg/pg.hpp"
#include "pg/settings_cache.hpp"
#include "pg/settings_relay.hpp"
#include "pg/settings_server.hpp"

extern "C" {
#include "utils/guc.h"
#include "utils/varlena.h"
}

namespace pg::settings {

namespace {

char* database_setting = nullptr;
char* prefix_setting = nullptr;
char* worker_databases_setting = nullptr;
int number_of_database = 0;
size_t prefix_size = 0;

// The number that a text is, -1 if it is none.
int parse_number(const char* text) {
    int number = 0;
    if (*text == '\0')
        return -1;
    for (const char* digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || number > 99)
            return -1;
        number = number * 10 + (*digit - '0');
    }
    return number;
}

bool check_database(char** value, void**, GucSource) {
    if (parse_number(*value) <= 15 && **value != '\0')
        return true;
    GUC_check_errdetail(
        "Databases are numbered 0 to 15, or have the names that kv.databases "
        "lists.");
    return false;
}

void assign_database(const char* value, void*) {
    number_of_database = parse_number(value);
}

void assign_prefix(const char* value, void*) {
    prefix_size = value ? strlen(value) : 0;
}

bool check_database_list(char** value, void**, GucSource) {
    char* copy = pstrdup(*value);
    List* names = NIL;
    bool valid = SplitIdentifierString(copy, ',', &names);
    list_free(names);
    pfree(copy);
    if (!valid)
        GUC_check_errdetail(
            "The value is a list of database names separated by commas; names "
            "with capitals or special characters stand in double quotes.");
    return valid;
}

}  // namespace

const char* database() {
    return database_setting;
}

int database_number() {
    return number_of_database;
}

core::Bytes prefix() {
    return {prefix_setting ? prefix_setting : "", prefix_size};
}

const char* worker_databases() {
    return worker_databases_setting;
}

void define() {
    DefineCustomStringVariable(
        "kv.database", "The database, 0 to 15 or by name, that the session's commands concern.",
        "A function's argument db overrides it.", &database_setting, "0", PGC_USERSET, 0,
        check_database, assign_database, nullptr);
    DefineCustomStringVariable(
        "kv.prefix", "Stands before every key of the session, and is removed on the way out.",
        "A convenience for applications that share a database; it protects nothing.",
        &prefix_setting, "", PGC_USERSET, 0, nullptr, assign_prefix, nullptr);
    DefineCustomStringVariable(
        "kv.worker_databases",
        "The PostgreSQL databases in which expired keys are removed in the background.",
        "Names separated by commas. Needs pg_kv in shared_preload_libraries.",
        &worker_databases_setting, "", PGC_SIGHUP, GUC_LIST_INPUT, check_database_list, nullptr,
        nullptr);
    define_server();
    define_relay();
    define_cache();
    MarkGUCPrefixReserved("kv");
}

}  // namespace pg::settings
