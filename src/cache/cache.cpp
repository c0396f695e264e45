#include "cache/cache.hpp"

#include "cache/fills.hpp"
#include "cache/locks.hpp"
#include "cache/statement.hpp"
#include "store/table_changes.hpp"

namespace cache {

void install() {
    store::table_changes::install_callbacks();
    locks::install_callbacks();
    fills::install_callbacks();
    watch_sources();
    install_statements();
}

}  // namespace cache
