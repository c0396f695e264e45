// Writes the commands part of the install script, or the reference pages, from commands.def. A
// program of the build, without PostgreSQL.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "command/signature.hpp"

namespace {

using command::Kind;
using command::Parameter;

// A row of commands.def, with what it tells as text.
struct Row {
    std::string name;
    std::string redis_name;  // empty for a further function of the command before
    std::string flags;
    std::string group;
    std::string since;
    std::string complexity;
    std::string signature;
    std::string result;
    std::string summary;

    bool has_flag(const char* flag) const { return flags.find(flag) != std::string::npos; }
};

const std::vector<Row>& rows() {
    static const std::vector<Row> all = {
#define COMMAND(name, redis_name, arity, flags, keys, group, since, complexity, handler, \
                signature, result, summary)                                              \
    {#name, redis_name, #flags, #group, since, complexity, signature, #result, summary},
#define FUNCTION(name, command, signature, result, summary) \
    {#name, "", #command, "", "", "", signature, #result, summary},
#include "command/commands.def"
#undef COMMAND
#undef FUNCTION
    };
    return all;
}

const Row& command_of(const Row& row) {
    if (!row.redis_name.empty())
        return row;
    for (const Row& candidate : rows())
        if (candidate.name == row.flags)  // a FUNCTION row has its command's name there
            return candidate;
    throw std::string("no command " + row.flags);
}

// One overload of a function.
struct Overload {
    const char* form;  // the end of the C symbol
    std::string bytes_type;
    std::string value_type;
};

bool is_bytes(const Parameter& parameter) {
    return parameter.kind == Kind::key || parameter.kind == Kind::value ||
           parameter.kind == Kind::word || parameter.kind == Kind::pair;
}

std::string type_of(const Parameter& parameter, const Overload& overload) {
    std::string array = parameter.variadic && overload.value_type != "\"any\"" ? "[]" : "";
    switch (parameter.kind) {
        case Kind::key:
        case Kind::word:
            return overload.bytes_type + array;
        case Kind::value:
        case Kind::pair:
            return overload.value_type + array;
        case Kind::integer:
            return "bigint";
        case Kind::interval:
            return "interval";
        case Kind::timestamp:
            return "timestamptz";
        default:
            return "boolean";
    }
}

struct Declaration {
    std::string parameters;  // with names and defaults
    std::string types;       // for COMMENT
};

void append(Declaration& declaration, const std::string& mode, const std::string& name,
            const std::string& type, const std::string& suffix) {
    if (!declaration.types.empty()) {
        declaration.parameters += ", ";
        declaration.types += ", ";
    }
    declaration.parameters += mode + "\"" + name + "\" " + type + suffix;
    declaration.types += mode + type;
}

Declaration declare(const Row& row, const Overload& overload, bool with_database) {
    Declaration declaration;
    auto parameters = command::parse_signature(row.signature);
    bool has_required_bytes = false;
    for (const Parameter& parameter : parameters)
        has_required_bytes |= is_bytes(parameter) && !parameter.optional;
    // A function whose only text is optional would be ambiguous if it were so in both forms.
    bool demand_bytes = !has_required_bytes && overload.bytes_type == "bytea";
    for (const Parameter& parameter : parameters) {
        if (parameter.kind == Kind::token)
            continue;
        bool optional = parameter.optional && !(demand_bytes && is_bytes(parameter));
        if (is_bytes(parameter))
            demand_bytes = false;
        std::string suffix;
        if (optional)
            suffix = parameter.kind == Kind::flag ? " DEFAULT false" : " DEFAULT NULL";
        append(declaration, parameter.variadic ? "VARIADIC " : "", std::string(parameter.name),
               type_of(parameter, overload), suffix);
    }
    if (with_database)
        append(declaration, "", "db", "integer", " DEFAULT NULL");
    return declaration;
}

std::string result_type(const Row& row, const std::string& bytes_type) {
    static const std::map<std::string, std::string> types = {
        {"integer", "bigint"},
        {"boolean", "boolean"},
        {"numeric", "numeric"},
        {"value", "$"},
        {"status", "text"},
        {"text", "text"},
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

std::string labels(const Row& row) {
    if (row.has_flag("WRITE"))
        return "VOLATILE PARALLEL UNSAFE";
    if (row.has_flag("RANDOM"))
        return "VOLATILE PARALLEL SAFE";
    if (row.has_flag("LEADER"))
        return "STABLE PARALLEL RESTRICTED";
    return "STABLE PARALLEL SAFE";
}

void print_function(const Row& row, const Declaration& declaration, const Overload& overload) {
    std::string result = result_type(row, overload.bytes_type);
    bool returns_rows = result.starts_with("SETOF") || result.starts_with("TABLE");
    printf("CREATE FUNCTION kv.%s(%s)\nRETURNS %s LANGUAGE c %s%s\n", row.name.c_str(),
           declaration.parameters.c_str(), result.c_str(), labels(command_of(row)).c_str(),
           returns_rows ? " ROWS 100" : "");
    printf("AS 'MODULE_PATHNAME', 'kv_%s_%s';\n", row.name.c_str(), overload.form);
    printf("COMMENT ON FUNCTION kv.%s(%s) IS %s;\n\n", row.name.c_str(), declaration.types.c_str(),
           quote(row.summary).c_str());
}

void print_array_overloads(const Row& row, Kind kind) {
    for (const char* type : {"text", "bytea"}) {
        std::string array = std::string(type) + "[]";
        Declaration declaration;
        append(declaration, "", "keys", array, "");
        if (kind == Kind::pair) {
            append(declaration, "", "values", array, "");
            append(declaration, "", "db", "integer", " DEFAULT NULL");
        } else {
            append(declaration, "", "db", "integer", "");
        }
        const char* form = kind == Kind::pair ? "arrays" : type;
        print_function(row, declaration, {form, type, type});
    }
}

void print_sql(const Row& row) {
    if (row.result == "none")
        return;
    bool has_bytes = false;
    bool has_value = false;
    const Parameter* variadic = nullptr;
    auto parameters = command::parse_signature(row.signature);
    for (const Parameter& parameter : parameters) {
        has_bytes |= is_bytes(parameter);
        has_value |= parameter.kind == Kind::value || parameter.kind == Kind::pair;
        if (parameter.variadic)
            variadic = &parameter;
    }
    std::vector<Overload> overloads = {{"text", "text", "text"}};
    if (has_bytes)
        overloads.push_back({"bytea", "bytea", "bytea"});
    if (has_value)
        overloads.push_back({"any", "text", "\"any\""});
    bool with_database = !variadic && !command_of(row).has_flag("GLOBAL");
    for (const Overload& overload : overloads)
        print_function(row, declare(row, overload, with_database), overload);
    if (variadic)
        print_array_overloads(row, variadic->kind);
}

// What the helpers for GRANT go by.
void print_rights() {
    printf(
        "CREATE FUNCTION kv.command_rights()\n"
        "RETURNS TABLE (function name, command text, \"right\" text)\n"
        "LANGUAGE sql IMMUTABLE PARALLEL SAFE\nAS $$\nVALUES");
    const char* separator = "\n    ";
    for (const Row& row : rows()) {
        if (row.result == "none")
            continue;
        const Row& command = command_of(row);
        std::string right = command.has_flag("WRITE") ? "write" : "read";
        if (command.group == "server" && right == "write")
            right = "admin";
        printf("%s('%s'::pg_catalog.name, '%s', '%s')", separator, row.name.c_str(),
               command.redis_name.c_str(), right.c_str());
        separator = ",\n    ";
    }
    printf(
        "\n$$;\nCOMMENT ON FUNCTION kv.command_rights() IS\n"
        "'The functions of the commands, and whether running them takes the right to read, to "
        "write or to administer';\n");
}

std::string upper_name(const Row& row) {
    std::string name;
    for (char letter : row.redis_name)
        name += letter == '|' ? ' ' : static_cast<char>(toupper(letter));
    return name;
}

// The function as one would type it, in the text form.
std::string usage(const Row& row) {
    std::string text = "kv." + row.name + "(";
    const char* separator = "";
    for (const Parameter& parameter : command::parse_signature(row.signature)) {
        if (parameter.kind == Kind::token)
            continue;
        text += separator;
        separator = ", ";
        if (parameter.variadic)
            text += parameter.kind == Kind::pair ? "key, value, ..." : "key, ...";
        else if (parameter.optional)
            text += "[" + std::string(parameter.name) + " => " +
                    type_of(parameter, {"", "text", "text"}) + "]";
        else
            text += std::string(parameter.name);
    }
    return text + ") → " + result_type(row, "text");
}

void print_page(const std::string& folder, const std::string& group, const std::string& title,
                const std::string& introduction) {
    std::ofstream page(folder + "/" + group + ".md");
    page << "# " << title << "\n\n" << introduction << "\n\n";
    page << "*Made from src/command/commands.def; `make generate` writes it again.*\n";
    for (const Row& row : rows()) {
        const Row& command = command_of(row);
        if (command.group != group || row.result == "none")
            continue;
        page << "\n## " << (row.redis_name.empty() ? "kv." + row.name : upper_name(row)) << "\n\n";
        page << "`" << usage(row) << "`\n\n" << row.summary << "\n";
        if (!row.redis_name.empty())
            page << "\nRedis " << row.since << " and later. Time: " << row.complexity << ".\n";
    }
}

void print_docs(const std::string& folder) {
    const std::string forms =
        "Keys and values are `text` or `bytea`; what the function returns is of the same type. "
        "Where a function takes a value, the value may be of any type. `db => n` chooses the "
        "database for one call; functions with `...` take it in their array form: "
        "`kv.del(ARRAY['a', 'b'], db => 3)`.";
    print_page(folder, "string", "Strings", forms);
    print_page(folder, "generic", "Keys", forms);
    print_page(folder, "server", "Databases", forms);
}

}  // namespace

int main(int count, char** arguments) {
    try {
        if (count == 2 && strcmp(arguments[1], "sql") == 0) {
            printf(
                "\n-- Commands. Made from src/command/commands.def; `make generate` writes it "
                "again.\n\n");
            for (const Row& row : rows())
                print_sql(row);
            print_rights();
            return 0;
        }
        if (count == 3 && strcmp(arguments[1], "docs") == 0) {
            print_docs(arguments[2]);
            return 0;
        }
        fprintf(stderr, "usage: %s sql | docs FOLDER\n", arguments[0]);
    } catch (const std::string& problem) {
        fprintf(stderr, "%s\n", problem.c_str());
    } catch (const std::exception& problem) {
        fprintf(stderr, "%s\n", problem.what());
    }
    return 1;
}
