#include "cache/value_types.hpp"

extern "C" {
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/typcache.h"
}

namespace cache {

namespace {

void mix(TypeLook& look, const void* data, size_t size) {
    look.shape = hash_bytes_extended(static_cast<const unsigned char*>(data),
                                     static_cast<int>(size), look.shape);
}

// As to_jsonb looks for one.
const char* look_at_cast(Oid type, TypeLook& look) {
    Oid function = InvalidOid;
    if (type < FirstNormalObjectId ||
        find_coercion_pathway(JSONOID, type, COERCION_EXPLICIT, &function) != COERCION_PATH_FUNC)
        return nullptr;
    mix(look, &function, sizeof(function));
    if (func_volatile(function) == PROVOLATILE_IMMUTABLE)
        return nullptr;
    return psprintf("the cast of type %s to json is a function that is not immutable",
                    format_type_be(type));
}

const char* look_at_attributes(Oid type, TypeLook& look) {
    TupleDesc row = lookup_rowtype_tupdesc_copy(type, -1);
    look.row_types = list_append_unique_oid(look.row_types, get_typ_typrelid(type));
    const char* problem = nullptr;
    for (int i = 0; i < row->natts && !problem; i++) {
        Form_pg_attribute attribute = TupleDescAttr(row, i);
        if (attribute->attisdropped)
            continue;
        mix(look, &i, sizeof(i));
        mix(look, NameStr(attribute->attname), strlen(NameStr(attribute->attname)));
        mix(look, &attribute->atttypid, sizeof(Oid));
        problem = look_at_type(attribute->atttypid, look);
    }
    return problem;
}

Oid without_arrays(Oid type) {
    for (Oid element = getBaseType(type); OidIsValid(element); element = get_element_type(type))
        type = getBaseType(element);
    return type;
}

}  // namespace

const char* look_at_type(Oid type, TypeLook& look) {
    check_stack_depth();
    type = without_arrays(type);
    if (type == RECORDOID || !type_is_rowtype(type))
        return look_at_cast(type, look);
    return look_at_attributes(type, look);
}

bool names_objects(Oid type) {
    switch (without_arrays(type)) {
        case REGCLASSOID:
        case REGCOLLATIONOID:
        case REGNAMESPACEOID:
        case REGOPEROID:
        case REGOPERATOROID:
        case REGPROCOID:
        case REGPROCEDUREOID:
        case REGROLEOID:
        case REGTYPEOID:
            return true;
        default:
            return false;
    }
}

}  // namespace cache
