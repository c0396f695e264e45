#include "sql/arguments.hpp"

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
    // Kept for the life of the backend; the functions point into them.
    static std::vector<command::Signature> signatures;
    std::vector<Function> functions;
    for (const command::Function& row : command::functions())
        signatures.push_back(command::parse_signature(row.signature));
    for (size_t i = 0; i < signatures.size(); i++) {
        const command::Function& row = command::functions()[i];
        functions.push_back({row, command::get(row.command), signatures[i]});
    }
    return functions;
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

ListName list_name(const Parameter& parameter) {
    if (parameter.kind != Kind::pair)
        return {parameter.name};
    auto [first, second] = command::two_names(parameter, true);
    return {first, second};
}

// Puts what the SQL parameters of one call hold into a list.
class Binder {
public:
    Binder(ArgumentList& list, Form form, FunctionCallInfo fcinfo)
        : list_(list), form_(form), fcinfo_(fcinfo) {}

    void bind_command_name(const command::Command& command);
    void bind(const Parameter& parameter);

private:
    bool is_null(int position) const { return fcinfo_->args[position].isnull; }
    // The value of a parameter that must have one.
    Datum given(int position, Bytes name) const;
    ArrayType* array(int position, Bytes name) const {
        return DatumGetArrayTypeP(given(position, name));
    }
    Oid type(int position) const { return get_fn_expr_argtype(fcinfo_->flinfo, position); }

    void bind_one(const Parameter& parameter);
    void bind_value(int position, Datum value);
    void bind_words(const Parameter& parameter, ArrayType* words);
    void bind_keys(const Parameter& parameter, ArrayType* keys);
    void bind_limit(const Parameter& parameter);
    void bind_scored(const Parameter& parameter);
    void bind_two_arrays(const Parameter& parameter);
    void bind_variadic(const Parameter& parameter);
    void bind_any_variadic(const Parameter& parameter);

    ArgumentList& list_;
    Form form_;
    FunctionCallInfo fcinfo_;
};

Datum Binder::given(int position, Bytes name) const {
    if (is_null(position))
        raise_null(name);
    return fcinfo_->args[position].value;
}

void Binder::bind_command_name(const command::Command& command) {
    Bytes name = command.name;
    size_t bar = name.find('|');
    list_.add(name.substr(0, bar));
    if (bar != Bytes::npos)
        list_.add(name.substr(bar + 1));
}

void Binder::bind(const Parameter& parameter) {
    if (parameter.variadic)
        bind_variadic(parameter);
    else if (parameter.kind == Kind::token)
        list_.add(parameter.token);
    else if (parameter.kind == Kind::scored)
        bind_scored(parameter);
    else if (parameter.kind == Kind::limit)
        bind_limit(parameter);
    else
        bind_one(parameter);
}

void Binder::bind_one(const Parameter& parameter) {
    if (parameter.optional && is_null(parameter.position))
        return;
    Datum value = given(parameter.position, parameter.name);
    if (parameter.kind == Kind::flag && !DatumGetBool(value))
        return;
    if (!parameter.token.empty() && parameter.kind != Kind::words)
        list_.add(parameter.token);
    switch (parameter.kind) {
        case Kind::flag:
            break;
        case Kind::integer:
            list_.add_integer(DatumGetInt64(value));
            break;
        case Kind::real:
            list_.add_real(DatumGetFloat8(value));
            break;
        case Kind::interval:
            list_.add_integer(milliseconds_of(DatumGetIntervalP(value)));
            break;
        case Kind::timestamp:
            list_.add_integer(milliseconds_of(DatumGetTimestampTz(value)));
            break;
        case Kind::value:
            bind_value(parameter.position, value);
            break;
        case Kind::keys:
            bind_keys(parameter, DatumGetArrayTypeP(value));
            break;
        case Kind::reals:
            list_.add_reals(DatumGetArrayTypeP(value), {parameter.name});
            break;
        case Kind::words:
            bind_words(parameter, DatumGetArrayTypeP(value));
            break;
        default:
            list_.add(bytes_of(value));
    }
}

void Binder::bind_value(int position, Datum value) {
    if (form_ == Form::any)
        list_.add_value(type(position), value);
    else
        list_.add(bytes_of(value));
}

void Binder::bind_keys(const Parameter& parameter, ArrayType* keys) {
    list_.add_integer(ArrayGetNItems(ARR_NDIM(keys), ARR_DIMS(keys)));
    list_.add_array(keys, {parameter.name});
}

// The token before each word: both lists, as pairs.
void Binder::bind_words(const Parameter& parameter, ArrayType* words) {
    size_t begin = list_.size();
    int count = ArrayGetNItems(ARR_NDIM(words), ARR_DIMS(words));
    for (int i = 0; i < count; i++)
        list_.add(parameter.token);
    list_.add_array(words, {parameter.name});
    list_.interleave(begin);
}

void Binder::bind_limit(const Parameter& parameter) {
    int offset = parameter.position;
    int count = parameter.position + 1;
    if (is_null(offset) && is_null(count))
        return;
    list_.add(parameter.token);
    list_.add_integer(is_null(offset) ? 0 : DatumGetInt64(fcinfo_->args[offset].value));
    list_.add_integer(is_null(count) ? -1 : DatumGetInt64(fcinfo_->args[count].value));
}

void Binder::bind_scored(const Parameter& parameter) {
    if (form_ == Form::arrays) {
        bind_two_arrays(parameter);
        return;
    }
    auto [score_name, member_name] = command::two_names(parameter, false);
    Datum score = given(parameter.position, score_name);
    // A score that is written as text stands among the parameters of any type.
    if (form_ == Form::any && type(parameter.position) != FLOAT8OID)
        list_.add_value(type(parameter.position), score);
    else
        list_.add_real(DatumGetFloat8(score));
    bind_value(parameter.position + 1, given(parameter.position + 1, member_name));
}

void Binder::bind_two_arrays(const Parameter& parameter) {
    auto [first, second] = command::two_names(parameter, true);
    ArrayType* firsts = array(parameter.position, first);
    ArrayType* seconds = array(parameter.position + 1, second);
    size_t begin = list_.size();
    if (parameter.kind == Kind::scored)
        list_.add_reals(firsts, {first});
    else
        list_.add_array(firsts, {first});
    size_t size = list_.size() - begin;
    list_.add_array(seconds, {second});
    size_t second_size = list_.size() - begin - size;
    if (size != second_size)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("there are %zu %.*s but %zu %.*s", size,
                               static_cast<int>(first.size()), first.data(), second_size,
                               static_cast<int>(second.size()), second.data())));
    list_.interleave(begin);
}

void Binder::bind_variadic(const Parameter& parameter) {
    if (form_ == Form::arrays)
        bind_two_arrays(parameter);
    else if (form_ == Form::any)
        bind_any_variadic(parameter);
    else
        list_.add_array(array(parameter.position, parameter.name), list_name(parameter));
}

// VARIADIC "any" has its arguments one by one, but for an array behind the word VARIADIC. Among
// values that are a plain list, an array stands for its elements in any case.
// Two arrays of different types are not the form that takes two arrays.
[[noreturn]] void raise_array_of_names() {
    ereport(ERROR,
            (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("a key or field must not be an array"),
             errhint("To set many at once give two arrays of text or two of bytea: cast the "
                     "values, as in array_agg(value::text).")));
    pg_unreachable();
}

void Binder::bind_any_variadic(const Parameter& parameter) {
    int last = get_fn_expr_variadic(fcinfo_->flinfo) ? fcinfo_->nargs - 1 : -1;
    for (int i = parameter.position; i < fcinfo_->nargs; i++) {
        if (is_null(i) && i == last)
            raise_null(parameter.name);
        if (is_null(i))
            raise_null_in(list_name(parameter));
        Datum value = fcinfo_->args[i].value;
        bool is_array = OidIsValid(get_base_element_type(type(i)));
        bool is_name = parameter.kind == Kind::pair && (i - parameter.position) % 2 == 0;
        if (is_array && is_name && i != last)
            raise_array_of_names();
        if (i == last || (parameter.kind == Kind::value && is_array))
            list_.add_array(DatumGetArrayTypeP(value), list_name(parameter));
        else
            list_.add_value(type(i), value);
    }
}

// The db parameter, where the function has one and it is given.
int database_of(const command::Signature& signature, Form form, FunctionCallInfo fcinfo) {
    const Parameter* variadic = signature.variadic();
    int position = signature.size + (variadic && form == Form::arrays ? 1 : 0);
    bool has_none = (variadic && form == Form::any) || position >= fcinfo->nargs;
    if (has_none || fcinfo->args[position].isnull)
        return current_database();
    int32 database = DatumGetInt32(fcinfo->args[position].value);
    if (database < 0 || database >= store::database_count)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("DB index is out of range"),
                 errhint("Databases are numbered 0 to %d.", store::database_count - 1)));
    return database;
}

}  // namespace

const Function& function_of(command::FunctionId id) {
    static const std::vector<Function> functions = make_functions();
    return functions[static_cast<size_t>(id)];
}

void Arguments::bind(const Function& function, Form form, FunctionCallInfo fcinfo) {
    list_.clear();
    asked_ = 0;
    Binder binder(list_, form, fcinfo);
    binder.bind_command_name(function.command);
    for (const Parameter& parameter : function.signature.parameters) {
        if (parameter.variadic)
            asked_ = list_.size();
        binder.bind(parameter);
    }
    database_ = database_of(function.signature, form, fcinfo);
}

int current_database() {
    int number = pg::settings::database_number();
    return number >= 0 ? number : store::database_named(pg::settings::database());
}

}  // namespace sql
