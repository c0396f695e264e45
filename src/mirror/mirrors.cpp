#include "mirror/mirrors.hpp"

#include "pg/guard.hpp"
#include "store/catalog.hpp"
#include "store/change_hook.hpp"
#include "watch/row.hpp"

namespace mirror {

namespace {

std::vector<Mirror> known;
bool is_known = false;
Oid own_table = InvalidOid;
uint64 changes = 0;

// Called at invalidation messages; must neither throw nor free.
void forget(Datum, Oid changed) {
    if (OidIsValid(changed) && changed != own_table)
        return;
    changes++;
    is_known = false;
    store::change_hook::is_wanted = true;
}

void load() {
    uint64 before;
    do {
        before = changes;
        List* rows = pg::call([] {
            own_table = store::catalog().watch;
            return watch::read_rows_of_keys();
        });
        known.clear();
        for (int i = 0; i < list_length(rows); i++) {
            auto* row = static_cast<watch::Row*>(list_nth(rows, i));
            known.push_back({row->id, row->database, row->pattern});
        }
    } while (before != changes);
    is_known = true;
    store::change_hook::is_wanted = !known.empty();
}

}  // namespace

const std::vector<Mirror>& mirrors() {
    if (!is_known)
        load();
    return known;
}

void watch_mirrors() {
    CacheRegisterRelcacheCallback(forget, 0);
}

}  // namespace mirror
