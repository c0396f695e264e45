#include "declarations.hpp"

#include <cstdio>
#include <map>

using command::Kind;
using command::Parameter;
using command::Signature;

namespace {

// How an overload takes the VARIADIC list, or scores and members.
enum class Lists {
    one_by_one,
    text_first,  // the first as text: or ('key', 'a', 5) would be taken for an array and db => 5
    arrays,
};

// One overload of a function.
struct Overload {
    const char* form;  // the end of the C symbol
    std::string bytes_type;
    std::string value_type;
    Lists lists = Lists::one_by_one;
    std::string score_type = "double precision";
};

bool is_bytes(const Parameter& parameter) {
    switch (parameter.kind) {
        case Kind::key:
        case Kind::value:
        case Kind::word:
        case Kind::pair:
        case Kind::scored:
        case Kind::keys:
        case Kind::words:
            return true;
        default:
            return false;
    }
}

bool is_value(const Parameter& parameter) {
    return parameter.kind == Kind::value || parameter.kind == Kind::pair ||
           parameter.kind == Kind::scored;
}

std::string type_of(const Parameter& parameter, const Overload& overload) {
    switch (parameter.kind) {
        case Kind::key:
        case Kind::word:
            return overload.bytes_type;
        case Kind::keys:
        case Kind::words:
            return overload.bytes_type + "[]";
        case Kind::value:
        case Kind::pair:
        case Kind::scored:
            return overload.value_type;
        case Kind::integer:
        case Kind::limit:
            return "bigint";
        case Kind::bytes:
            return "bytea";
        case Kind::real:
            return "double precision";
        case Kind::reals:
            return "double precision[]";
        case Kind::interval:
            return "interval";
        case Kind::timestamp:
            return "timestamptz";
        default:
            return "boolean";
    }
}

// The parameters of an overload, one after the other.
class Declaration {
public:
    Declaration(const Row& row, const Overload& overload);

    const std::string& parameters() const { return parameters_; }  // with names and defaults
    const std::string& types() const { return types_; }            // for COMMENT

private:
    void add(std::string_view name, const std::string& type, const std::string& suffix = "",
             const std::string& mode = "");
    void add_two(const Parameter& parameter, const std::string& first, const std::string& second,
                 const std::string& suffix = "");
    void add_parameter(const Parameter& parameter);
    void add_variadic(const Parameter& parameter);
    void add_database(const Signature& signature);

    const Overload& overload_;
    bool demand_bytes_;
    std::string parameters_;
    std::string types_;
};

Declaration::Declaration(const Row& row, const Overload& overload) : overload_(overload) {
    Signature signature = command::parse_signature(row.signature);
    bool has_required_bytes = false;
    for (const Parameter& parameter : signature.parameters)
        has_required_bytes |= is_bytes(parameter) && !parameter.optional;
    // A function whose only text is optional would be ambiguous if it were so in both forms.
    demand_bytes_ = !has_required_bytes && overload.bytes_type == "bytea";
    for (const Parameter* parameter : signature.sql_order())
        add_parameter(*parameter);
    if (!command_of(row).has_flag("GLOBAL"))
        add_database(signature);
}

void Declaration::add(std::string_view name, const std::string& type, const std::string& suffix,
                      const std::string& mode) {
    if (!types_.empty()) {
        parameters_ += ", ";
        types_ += ", ";
    }
    parameters_ += mode + "\"" + std::string(name) + "\" " + type + suffix;
    types_ += mode + type;
}

void Declaration::add_two(const Parameter& parameter, const std::string& first,
                          const std::string& second, const std::string& suffix) {
    auto [first_name, second_name] =
        command::two_names(parameter, overload_.lists == Lists::arrays);
    add(first_name, first, suffix);
    add(second_name, second, suffix);
}

void Declaration::add_parameter(const Parameter& parameter) {
    std::string type = type_of(parameter, overload_);
    if (parameter.variadic) {
        add_variadic(parameter);
    } else if (parameter.kind == Kind::scored) {
        std::string array = overload_.lists == Lists::arrays ? "[]" : "";
        add_two(parameter, overload_.score_type + array, type + array);
    } else if (parameter.kind == Kind::limit) {
        add_two(parameter, type, type, " DEFAULT NULL");
    } else {
        bool optional = parameter.optional && !(demand_bytes_ && is_bytes(parameter));
        demand_bytes_ &= !is_bytes(parameter);
        const char* suffix = parameter.kind == Kind::flag ? " DEFAULT false" : " DEFAULT NULL";
        add(parameter.name, type, optional ? suffix : "");
    }
}

void Declaration::add_variadic(const Parameter& parameter) {
    std::string type = type_of(parameter, overload_);
    std::string list = type == "\"any\"" ? type : type + "[]";
    if (overload_.lists == Lists::text_first)
        add("first", overload_.bytes_type);
    if (overload_.lists != Lists::arrays)
        add(parameter.name, list, "", "VARIADIC ");
    else if (parameter.kind == Kind::pair)
        add_two(parameter, list, list);
    else
        add(parameter.name, list);
}

// Behind VARIADIC there is no place for db. Where it follows one array it must be given, since
// otherwise that could be the VARIADIC one.
void Declaration::add_database(const Signature& signature) {
    const Parameter* variadic = signature.variadic();
    if (!variadic || (variadic->kind == Kind::pair && overload_.lists == Lists::arrays))
        add("db", "integer", " DEFAULT NULL");
    else if (overload_.lists == Lists::arrays)
        add("db", variadic->kind == Kind::value ? "kv.database_number" : "integer");
}

std::vector<Overload> overloads_of(const Row& row) {
    Signature signature = command::parse_signature(row.signature);
    const Parameter* list = signature.variadic();
    bool has_bytes = false;
    bool has_value = false;
    for (const Parameter& parameter : signature.parameters) {
        has_bytes |= is_bytes(parameter);
        has_value |= is_value(parameter);
        if (parameter.kind == Kind::scored)
            list = &parameter;
    }
    std::vector<Overload> overloads = {{"text", "text", "text"}};
    if (has_bytes)
        overloads.push_back({"bytea", "bytea", "bytea"});
    if (has_value)
        overloads.push_back({"any", "text", "\"any\""});
    if (!list)
        return overloads;
    if (list->kind == Kind::value)
        overloads.push_back({"any", "text", "\"any\"", Lists::text_first});
    // So that a score may be a literal or a parameter without a type: it cannot be an array then.
    if (list->kind == Kind::scored)
        overloads.push_back({"any", "text", "text", Lists::one_by_one, "text"});
    for (const char* type : {"text", "bytea"}) {
        bool is_two = list->kind == Kind::pair || list->kind == Kind::scored;
        overloads.push_back({is_two ? "arrays" : type, type, type, Lists::arrays});
    }
    return overloads;
}

std::string labels(const Row& row) {
    if (row.has_flag("WRITE"))
        return "VOLATILE PARALLEL UNSAFE";
    if (row.has_flag("RANDOM"))
        return "VOLATILE PARALLEL SAFE";
    if (row.has_flag("LEADER"))
        return "STABLE PARALLEL RESTRICTED";
    return "STABLE PARALLEL SAFE";
}

// How many rows the planner may expect.
std::string rows_label(const std::string& result) {
    if (result.find("\"cursor\"") != std::string::npos || result.find("rank") != std::string::npos)
        return " ROWS 1";
    return result.starts_with("SETOF") || result.starts_with("TABLE") ? " ROWS 100" : "";
}

}  // namespace

void print_functions(const Row& row) {
    if (row.result == "none")
        return;
    for (const Overload& overload : overloads_of(row)) {
        Declaration declaration(row, overload);
        std::string result = result_type(row, overload.bytes_type);
        printf("CREATE FUNCTION kv.%s(%s)\nRETURNS %s LANGUAGE c %s%s\n", row.name.c_str(),
               declaration.parameters().c_str(), result.c_str(), labels(command_of(row)).c_str(),
               rows_label(result).c_str());
        printf("AS 'MODULE_PATHNAME', 'kv_%s_%s';\n", row.name.c_str(), overload.form);
        printf("COMMENT ON FUNCTION kv.%s(%s) IS %s;\n\n", row.name.c_str(),
               declaration.types().c_str(), quote(row.summary).c_str());
    }
}

std::string type_of(const Parameter& parameter) {
    return type_of(parameter, {"text", "text", "text"});
}

std::string result_type(const Row& row, const std::string& bytes_type) {
    static const std::map<std::string, std::string> types = {
        {"integer", "bigint"},
        {"boolean", "boolean"},
        {"numeric", "numeric"},
        {"value", "$"},
        {"status", "text"},
        {"text", "text"},
        {"bytes", "bytea"},
        {"text_set", "SETOF text"},
        {"json", "jsonb"},
        {"key_name", "$"},
        {"key_set", "SETOF $"},
        {"key_values", "TABLE (key $, value $)"},
        {"scan", "TABLE (\"cursor\" bigint, keys $[])"},
        {"real", "double precision"},
        {"value_set", "SETOF $"},
        {"integer_set", "SETOF bigint"},
        {"fields", "TABLE (field $, value $)"},
        {"fields_asked", "TABLE (field $, value $)"},
        {"fields_scan", "TABLE (\"cursor\" bigint, fields $[], \"values\" $[])"},
        {"members_asked", "TABLE (member $, is_member boolean)"},
        {"members_scan", "TABLE (\"cursor\" bigint, members $[])"},
        {"scored", "TABLE (member $, score double precision)"},
        {"scored_asked", "TABLE (member $, score double precision)"},
        {"scored_scan", "TABLE (\"cursor\" bigint, members $[], scores double precision[])"},
        {"rank_and_score", "TABLE (rank bigint, score double precision)"},
        {"popped", "TABLE (key $, value $)"},
        {"popped_scored", "TABLE (key $, member $, score double precision)"},
    };
    std::string type = types.at(row.result);
    for (size_t place; (place = type.find('$')) != std::string::npos;)
        type.replace(place, 1, bytes_type);
    return type;
}

std::string quote(const std::string& text) {
    std::string quoted = "'";
    for (char letter : text)
        quoted += letter == '\'' ? "''" : std::string(1, letter);
    return quoted + "'";
}
