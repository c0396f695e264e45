// What kv.mirror_keys needs, which is in SQL.
#include "mirror/mirrors.hpp"
#include "outbox/key_reader.hpp"
#include "pg/entry.hpp"

extern "C" {

SQL_FUNCTION(kv_append_keys) {
    return pg::entry([&] {
        int32 id = PG_GETARG_INT32(0);
        // The store may make the list anew.
        const std::vector<mirror::Mirror> mirrors = mirror::mirrors();
        for (const mirror::Mirror& mirror : mirrors)
            if (mirror.watch == id)
                outbox::append_keys(id, mirror.database, mirror.pattern);
        return Datum{0};
    });
}
}
