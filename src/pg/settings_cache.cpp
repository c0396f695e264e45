#include "pg/settings_cache.hpp"

#include "pg/pg.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace pg::settings {

namespace {

constexpr int64 milliseconds = 1000;

int ttl_setting = 3600;
int negative_ttl_setting = 60;
int wait_setting = 100;
int events_setting = static_cast<int>(Events::off);

const config_enum_entry event_choices[] = {
    {"off", static_cast<int>(Events::off), false},
    {"sampled", static_cast<int>(Events::sampled), false},
    {"on", static_cast<int>(Events::on), false},
    {nullptr, 0, false},
};

}  // namespace

int64_t cache_ttl() {
    return ttl_setting * milliseconds;
}

int64_t cache_negative_ttl() {
    return negative_ttl_setting * milliseconds;
}

int cache_wait() {
    return wait_setting;
}

Events cache_events() {
    return static_cast<Events>(events_setting);
}

void define_cache() {
    DefineCustomIntVariable("kv.cache_ttl",
                            "How long kv.cache_read keeps a row that does not change.",
                            "Its argument ttl overrides it.", &ttl_setting, 3600, 1, INT_MAX / 1000,
                            PGC_USERSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("kv.cache_negative_ttl",
                            "How long kv.cache_read remembers that a row does not exist.",
                            "0: not at all.", &negative_ttl_setting, 60, 0, INT_MAX / 1000,
                            PGC_USERSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("kv.cache_wait",
                            "How long a session waits for another that is reading the same into "
                            "the cache, before it reads for itself.",
                            "0: not at all.", &wait_setting, 100, 0, 60 * 1000, PGC_USERSET,
                            GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("kv.cache_events",
                             "Whether what the cache does is told to who listens to "
                             "pg_cache_events: not, one time of a hundred, or always.",
                             "Who may connect may listen.", &events_setting,
                             static_cast<int>(Events::off), event_choices, PGC_USERSET, 0, nullptr,
                             nullptr, nullptr);
}

}  // namespace pg::settings
