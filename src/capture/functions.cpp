// What the event triggers need of the triggers' work.
#include "cache/invalidate.hpp"
#include "outbox/append.hpp"
#include "pg/entry.hpp"
#include "watch/registry.hpp"
#include "watch/row.hpp"

namespace capture {

namespace {

void append_all(int32 id) {
    watch::Row* row = watch::read_row(id);
    if (!row || !OidIsValid(row->table))
        return;
    if (row->modes & watch::Mode::read) {
        cache::invalidate_all(row->table);
        cache::note_change(row->table);
    } else {
        outbox::append_all(id);
    }
}

}  // namespace

}  // namespace capture

extern "C" {

SQL_FUNCTION(kv_append_all) {
    return pg::entry([&] {
        pg::call([&] { capture::append_all(PG_GETARG_INT32(0)); });
        return Datum{0};
    });
}
}
