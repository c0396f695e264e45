// A row's key, from JSON or from texts to the name of what is cached.
#include "cache/source.hpp"

extern "C" {
#include "port/pg_bswap.h"
#include "utils/numeric.h"
}

namespace cache {

namespace {

Part part_of_number(Numeric number) {
    const char* text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
    return {text, static_cast<int>(strlen(text)), false};
}

Part part_of(const KeyColumn& column, const JsonbValue& value) {
    switch (value.type) {
        case jbvNull:
            return {nullptr, 0, true};
        case jbvString:
            return {value.val.string.val, value.val.string.len, false};
        case jbvNumeric:
            return part_of_number(value.val.numeric);
        case jbvBool:
            return value.val.boolean ? Part{"true", 4, false} : Part{"false", 5, false};
        default:
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                     errmsg("the key's column \"%s\" must be a number, a string or a boolean",
                            NameStr(column.name))));
            pg_unreachable();
    }
}

// Whether a text is a number as the output function would write it.
bool is_plain_integer(const Part& part, int most_digits) {
    const char* digit = part.data;
    const char* end = part.data + part.size;
    if (digit < end && *digit == '-' && ++digit < end && *digit == '0')
        return false;
    if (digit == end || end - digit > most_digits || (*digit == '0' && end - digit > 1))
        return false;
    return std::all_of(digit, end, [](char c) { return c >= '0' && c <= '9'; });
}

void append(StringInfo name, const char* data, int size) {
    uint32 length = pg_hton32(static_cast<uint32>(size));
    appendBinaryStringInfo(name, reinterpret_cast<const char*>(&length), sizeof(length));
    appendBinaryStringInfo(name, data, size);
}

// The parts' sizes stand before them, so that two keys cannot have one name.
void append_part(StringInfo name, KeyColumn& column, const Part& part) {
    if (column.form == KeyColumn::Form::text ||
        (column.form == KeyColumn::Form::integer && is_plain_integer(part, column.most_digits))) {
        append(name, part.data, part.size);
        return;
    }
    Datum value = value_of(column, part);
    if (column.output_is_binary) {
        bytea* bytes = SendFunctionCall(&column.output, value);
        append(name, VARDATA(bytes), static_cast<int>(VARSIZE(bytes) - VARHDRSZ));
    } else {
        const char* text = OutputFunctionCall(&column.output, value);
        append(name, text, static_cast<int>(strlen(text)));
    }
}

}  // namespace

void parts_of(const Source& source, Jsonb* key, Part* parts) {
    for (int i = 0; i < source.column_count; i++) {
        const KeyColumn& column = source.columns[i];
        JsonbValue value;
        const char* name = NameStr(column.name);
        if (!getKeyJsonValueFromContainer(&key->root, name, static_cast<int>(strlen(name)), &value))
            elog(ERROR, "a key lacks column \"%s\"", name);
        parts[i] = part_of(column, value);
    }
}

Datum value_of(KeyColumn& column, const Part& part) {
    char* text = pnstrdup(part.data, static_cast<Size>(part.size));
    return InputFunctionCall(&column.input, text, column.input_parameter, column.typmod);
}

void write_table_prefix(Oid table, char* target) {
    uint32 bytes = pg_hton32(table);
    memcpy(target, &bytes, sizeof(bytes));
}

Bytes name_of(Source& source, const Part* parts) {
    StringInfoData name;
    initStringInfo(&name);
    char prefix[table_prefix_size];
    write_table_prefix(source.table, prefix);
    appendBinaryStringInfo(&name, prefix, table_prefix_size);
    // Which of the table's keys it is.
    appendStringInfoChar(&name, static_cast<char>(source.column_count));
    for (int i = 0; i < source.column_count; i++) {
        uint16 number = pg_hton16(static_cast<uint16>(source.columns[i].number));
        appendBinaryStringInfo(&name, reinterpret_cast<const char*>(&number), sizeof(number));
    }
    for (int i = 0; i < source.column_count; i++)
        append_part(&name, source.columns[i], parts[i]);
    return {name.data, static_cast<size_t>(name.len)};
}

}  // namespace cache
