#include "watch/canonical_output.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace watch {

bool depends_on_settings(Oid type) {
    switch (getBaseType(type)) {
        case INT2OID:
        case INT4OID:
        case INT8OID:
        case NUMERICOID:
        case BOOLOID:
        case TEXTOID:
        case VARCHAROID:
        case BPCHAROID:
        case NAMEOID:
        case CHAROID:
        case UUIDOID:
        case OIDOID:
        case INETOID:
        case CIDROID:
        case MACADDROID:
        case MACADDR8OID:
        case JSONOID:
        case JSONBOID:
        case BITOID:
        case VARBITOID:
            return false;
        default:
            return !type_is_enum(getBaseType(type));
    }
}

int begin_canonical_output() {
    struct Setting {
        const char* name;
        const char* value;
    };
    constexpr Setting settings[] = {
        {"DateStyle", "ISO, YMD"},
        {"IntervalStyle", "postgres"},
        {"TimeZone", "UTC"},
        {"bytea_output", "hex"},
        {"extra_float_digits", "1"},
        {"lc_monetary", "C"},
        {"search_path", "pg_catalog, pg_temp"},
    };
    int level = NewGUCNestLevel();
    for (const Setting& setting : settings)
        (void)set_config_option(setting.name, setting.value, PGC_USERSET, PGC_S_SESSION,
                                GUC_ACTION_SAVE, true, 0, false);
    return level;
}

void end_canonical_output(int level) {
    AtEOXact_GUC(true, level);
}

}  // namespace watch
