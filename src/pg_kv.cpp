// What PostgreSQL calls when it loads the library.
#include "cache/cache.hpp"
#include "mirror/capture.hpp"
#include "outbox/place.hpp"
#include "outbox/relations.hpp"
#include "outbox/wake.hpp"
#include "pg/settings.hpp"
#include "pg/statement.hpp"
#include "pg/statistics.hpp"
#include "server/inquiries.hpp"
#include "store/catalog.hpp"
#include "store/database_map.hpp"
#include "store/dropped_collections.hpp"
#include "store/element_table.hpp"
#include "store/key_table.hpp"
#include "store/patience.hpp"
#include "store/places.hpp"
#include "store/remembered.hpp"
#include "store/sizes.hpp"
#include "watch/registry.hpp"
#include "worker/worker.hpp"

extern "C" {

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void _PG_init(void) {
    pg::settings::define();
    pg::statement::install_hooks([](pg::statement::End end) {
        store::KeyTable::release_kept(end == pg::statement::End::error);
        store::ElementTable::release_kept(end == pg::statement::End::error);
    });
    store::watch_catalog();
    store::watch_database_map();
    store::sizes::install_callbacks();
    store::patience::install_callbacks();
    store::remembered::install_callbacks();
    store::dropped_collections::install_callbacks();
    store::places::install();
    watch::watch_registry();
    mirror::install();
    pg::statistics::install();
    server::inquiries::install();
    outbox::install_place();
    outbox::install_wake();
    outbox::watch_relations();
    cache::install();
    if (process_shared_preload_libraries_in_progress)
        worker::install();
}
}
