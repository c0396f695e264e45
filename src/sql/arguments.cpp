#include "sql/arguments.hpp"

#include "core/number.hpp"
#include "pg/settings.hpp"
#include "store/database_map.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace sql {

using command::Kind;
using command::Parameter;

namespace {

std::vector<Function> make_functions() {
    // Kept for the life of the backend; the functions' parameters point into them.
    static std::vector<std::vector<Parameter>> signatures;
    std::vector<Function> functions;
    for (const command::Function& row : command::functions())
        signatures.push_back(command::parse_signature(row.signature));
    for (size_t i = 0; i < signatures.size(); i++) {
        const command::Function& row = command::functions()[i];
        functions.push_back({row, command::get(row.command), signatures[i]});
    }
    return functions;
}

Bytes bytes_of(Datum datum) {
    struct varlena* value = PG_DETOAST_DATUM_PACKED(datum);
    return {VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))};
}

[[noreturn]] void raise_null(const char* name, size_t size) {
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                    errmsg("%.*s must not be null", static_cast<int>(size), name),
                    errhint("Keys and values are never null: delete the key instead, or use "
                            "coalesce().")));
    pg_unreachable();
}

// Milliseconds, as Redis counts; months have 30 days, as in EXTRACT(epoch ...).
int64 milliseconds_of(const Interval* interval) {
    double milliseconds = static_cast<double>(interval->time) / 1000.0 +
                          (interval->day + 30.0 * interval->month) * 86400000.0;
    if (std::abs(milliseconds) > 9.2e18)
        ereport(ERROR,
                (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("interval out of range")));
    return static_cast<int64>(milliseconds);
}

int64 milliseconds_of(TimestampTz time) {
    if (TIMESTAMP_NOT_FINITE(time))
        ereport(ERROR,
                (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("an expiry must be finite"),
                 errhint("A key that is not to expire is set without an expiry.")));
    constexpr int64 to_1970 =
        static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    return (time + to_1970) / 1000;
}

}  // namespace

const Function& function_of(command::FunctionId id) {
    static const std::vector<Function> functions = make_functions();
    return functions[static_cast<size_t>(id)];
}

void Arguments::add(Bytes bytes) {
    if (count_ == capacity_) {
        auto* larger = static_cast<Bytes*>(
            MemoryContextAllocHuge(CurrentMemoryContext, 2 * capacity_ * sizeof(Bytes)));
        std::copy(items_, items_ + count_, larger);
        items_ = larger;
        capacity_ *= 2;
    }
    items_[count_++] = bytes;
}

void Arguments::add_integer(int64 value) {
    auto* text = new (palloc(sizeof(core::IntegerText))) core::IntegerText(value);
    add(text->bytes());
}

// A value of any type, as a cast to text would have it; bytea as it is.
void Arguments::add_value(Oid type, Datum value) {
    switch (getBaseType(type)) {
        case BYTEAOID:
        case TEXTOID:
        case VARCHAROID:
            add(bytes_of(value));
            return;
        case BOOLOID:
            add(DatumGetBool(value) ? "true" : "false");
            return;
        case INT2OID:
            add_integer(DatumGetInt16(value));
            return;
        case INT4OID:
            add_integer(DatumGetInt32(value));
            return;
        case INT8OID:
            add_integer(DatumGetInt64(value));
            return;
        case UNKNOWNOID:
            add(DatumGetCString(value));
            return;
        case InvalidOid:
            ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_DATATYPE),
                            errmsg("could not determine the type of a value"),
                            errhint("Add an explicit cast.")));
    }
    Oid output;
    bool is_varlena;
    getTypeOutputInfo(type, &output, &is_varlena);
    add(OidOutputFunctionCall(output, value));
}

void Arguments::bind_command_name(const command::Command& command) {
    Bytes name = command.name;
    size_t bar = name.find('|');
    add(name.substr(0, bar));
    if (bar != Bytes::npos)
        add(name.substr(bar + 1));
}

void Arguments::bind_parameter(const Parameter& parameter, FunctionCallInfo fcinfo, int position) {
    const NullableDatum& argument = fcinfo->args[position];
    if (argument.isnull) {
        if (parameter.optional)
            return;
        raise_null(parameter.name.data(), parameter.name.size());
    }
    Datum value = argument.value;
    if (parameter.kind == Kind::flag && !DatumGetBool(value))
        return;
    if (!parameter.token.empty())
        add(parameter.token);
    switch (parameter.kind) {
        case Kind::flag:
            break;
        case Kind::integer:
            add_integer(DatumGetInt64(value));
            break;
        case Kind::interval:
            add_integer(milliseconds_of(DatumGetIntervalP(value)));
            break;
        case Kind::timestamp:
            add_integer(milliseconds_of(DatumGetTimestampTz(value)));
            break;
        default:
            add(bytes_of(value));
    }
}

void Arguments::bind_array(const char* name, ArrayType* array) {
    Datum* elements;
    bool* nulls;
    int size;
    Oid type = ARR_ELEMTYPE(array);
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(type, &length, &by_value, &alignment);
    deconstruct_array(array, type, length, by_value, alignment, &elements, &nulls, &size);
    for (int i = 0; i < size; i++) {
        if (nulls[i])
            raise_null(name, strlen(name));
        add_value(type, elements[i]);
    }
}

void Arguments::bind_variadic(const Parameter& parameter, FunctionCallInfo fcinfo, Form form) {
    if (form == Form::any && !get_fn_expr_variadic(fcinfo->flinfo)) {
        bind_expanded(fcinfo);
        return;
    }
    if (PG_ARGISNULL(0))
        raise_null(parameter.name.data(), parameter.name.size());
    bind_array(parameter.kind == Kind::pair ? "a key or value" : "a key",
               DatumGetArrayTypeP(PG_GETARG_DATUM(0)));
}

// VARIADIC "any" with its arguments one by one.
void Arguments::bind_expanded(FunctionCallInfo fcinfo) {
    for (int i = 0; i < PG_NARGS(); i++) {
        if (PG_ARGISNULL(i))
            raise_null("a key or value", strlen("a key or value"));
        add_value(get_fn_expr_argtype(fcinfo->flinfo, i), PG_GETARG_DATUM(i));
    }
}

// An array of keys and one of values, as pairs.
void Arguments::bind_arrays(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0))
        raise_null("keys", strlen("keys"));
    if (PG_ARGISNULL(1))
        raise_null("values", strlen("values"));
    size_t begin = count_;
    bind_array("a key", DatumGetArrayTypeP(PG_GETARG_DATUM(0)));
    size_t keys = count_ - begin;
    bind_array("a value", DatumGetArrayTypeP(PG_GETARG_DATUM(1)));
    size_t values = count_ - begin - keys;
    if (keys != values)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("there are %zu keys but %zu values", keys, values)));
    auto* separate = static_cast<Bytes*>(
        MemoryContextAllocHuge(CurrentMemoryContext, (2 * keys + 1) * sizeof(Bytes)));
    std::copy(items_ + begin, items_ + count_, separate);
    for (size_t i = 0; i < keys; i++) {
        items_[begin + 2 * i] = separate[i];
        items_[begin + 2 * i + 1] = separate[keys + i];
    }
    pfree(separate);
}

void Arguments::bind_database(FunctionCallInfo fcinfo, int position) {
    if (position < PG_NARGS() && !PG_ARGISNULL(position)) {
        database_ = PG_GETARG_INT32(position);
        if (database_ < 0 || database_ >= store::database_count)
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("DB index is out of range"),
                     errhint("Databases are numbered 0 to %d.", store::database_count - 1)));
        return;
    }
    database_ = current_database();
}

void Arguments::bind(const Function& function, Form form, FunctionCallInfo fcinfo) {
    items_ = first_;
    capacity_ = first_capacity;
    count_ = 0;
    bind_command_name(function.command);
    int position = 0;
    for (const Parameter& parameter : function.parameters) {
        if (parameter.kind == Kind::token) {
            add(parameter.token);
        } else if (form == Form::arrays) {
            bind_arrays(fcinfo);
            position += 2;
        } else if (parameter.variadic) {
            bind_variadic(parameter, fcinfo, form);
            position = form == Form::any ? PG_NARGS() : position + 1;
        } else if (form == Form::any && parameter.kind == Kind::value && !PG_ARGISNULL(position)) {
            add_value(get_fn_expr_argtype(fcinfo->flinfo, position), PG_GETARG_DATUM(position));
            position++;
        } else {
            bind_parameter(parameter, fcinfo, position++);
        }
    }
    bind_database(fcinfo, position);
}

int current_database() {
    int number = pg::settings::database_number();
    return number >= 0 ? number : store::database_named(pg::settings::database());
}

}  // namespace sql
