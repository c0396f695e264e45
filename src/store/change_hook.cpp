#include "store/change_hook.hpp"

namespace store::change_hook {

namespace {

Hook installed;

}  // namespace

bool is_wanted = false;

void install(const Hook& hook) {
    installed = hook;
    is_wanted = true;
}

void tell_of_key(Keyspace keyspace, Bytes name, bool is_removed) {
    installed.key_changed(keyspace, name, is_removed);
}

void database_changed(int database) {
    if (is_wanted)
        installed.database_changed(database);
}

}  // namespace store::change_hook
