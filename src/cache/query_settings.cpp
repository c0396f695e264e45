#include "cache/query_settings.hpp"

extern "C" {
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "pgtime.h"
#include "tsearch/ts_cache.h"
#include "utils/array.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/pg_locale.h"
#include "utils/xml.h"
}

namespace cache {

namespace {

// With its end, so that two lists of settings cannot be one text.
void append(StringInfo text, const char* value) {
    appendBinaryStringInfo(text, value, static_cast<int>(strlen(value) + 1));
}

void append_number(StringInfo text, int number) {
    appendBinaryStringInfo(text, reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

void append_query_settings(StringInfo text) {
    append(text, pg_get_timezone_name(session_timezone));
    for (const char* locale : {locale_monetary, locale_numeric, locale_time})
        append(text, locale);
    append(text, namespace_search_path);
    append(text, TSCurrentConfig ? TSCurrentConfig : "");
    append(text, GetConfigOption("timezone_abbreviations", false, false));
    for (int setting : {DateStyle, DateOrder, IntervalStyle, bytea_output, extra_float_digits,
                        xmlbinary, xmloption, backslash_quote})
        append_number(text, setting);
    for (bool setting :
         {Array_nulls, quote_all_identifiers, standard_conforming_strings, Transform_null_equals})
        append_number(text, setting);
}

}  // namespace cache
