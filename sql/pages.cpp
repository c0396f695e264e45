#include "pages.hpp"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>

#include "declarations.hpp"

namespace {

using command::Kind;
using command::Parameter;

std::string upper_name(const Row& row) {
    std::string name;
    for (char letter : row.redis_name)
        name += letter == '|' ? ' ' : static_cast<char>(toupper(letter));
    return name;
}

// What one of a list is called: of "keys" a key.
std::string singular(std::string_view name) {
    return std::string(name.ends_with('s') ? name.substr(0, name.size() - 1) : name);
}

std::string usage(const Parameter& parameter) {
    switch (parameter.kind) {
        case Kind::pair:
            return singular(command::two_names(parameter, true).first) + ", value, ...";
        case Kind::scored:
            return "score, member";
        case Kind::limit:
            return "[\"offset\" => bigint], [count => bigint]";
        default:
            break;
    }
    if (parameter.variadic)
        return singular(parameter.name) + ", ...";
    if (parameter.optional)
        return "[" + std::string(parameter.name) + " => " + type_of(parameter) + "]";
    return std::string(parameter.name);
}

// The function as one would type it, in the text form.
std::string usage(const Row& row) {
    std::string text = "kv." + row.name + "(";
    const char* separator = "";
    command::Signature signature = command::parse_signature(row.signature);
    for (const Parameter* parameter : signature.sql_order()) {
        text += separator + usage(*parameter);
        separator = ", ";
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

// How many arguments a command takes behind its name, a subcommand's name being part of it.
std::string arguments_of(const Row& row) {
    bool is_subcommand = row.redis_name.find('|') != std::string::npos;
    int least = std::abs(row.arity) - (is_subcommand ? 2 : 1);
    return row.arity > 0 ? std::to_string(least) : std::to_string(least) + " or more";
}

// The commands without SQL functions.
void print_connection_page(const std::string& folder) {
    std::ofstream page(folder + "/connection.md");
    page << "# Commands of the Redis protocol\n\n"
            "These concern the connection or the server, and have no SQL function. What they take "
            "and answer is told in Redis's documentation; here stands what they do in pg_kv.\n\n"
            "*Made from src/command/commands.def; `make generate` writes it again.*\n\n"
            "| command | arguments | Redis | what it does |\n|---|---|---|---|\n";
    std::map<std::string, const Row*> in_order;
    for (const Row& row : rows()) {
        bool is_container = row.complexity.empty();
        if (row.has_flag("CONNECTION") && !is_container)
            in_order[upper_name(row)] = &row;
    }
    for (const auto& [name, row] : in_order)
        page << "| " << name << " | " << arguments_of(*row) << " | " << row->since << " | "
             << row->summary << " |\n";
}

}  // namespace

void print_docs(const std::string& folder) {
    const std::string forms =
        "Keys and values are `text` or `bytea`; what the function returns is of the same type. "
        "Where a function takes a value, the value may be of any type. `db => n` chooses the "
        "database for one call; functions with `...` take it in their array form: "
        "`kv.del(ARRAY['a', 'b'], db => 3)`.";
    const std::string lists =
        " A list of values may be given as an array, too, which makes one call of a whole query: ";
    print_page(folder, "string", "Strings", forms);
    print_page(folder, "hash", "Hashes",
               forms +
                   " Fields and values may be two arrays, which makes one call of a whole "
                   "query: `SELECT kv.hset('prices', array_agg(name), array_agg(price::text)) "
                   "FROM product`.");
    print_page(folder, "list", "Lists",
               forms + lists + "`SELECT kv.rpush('queue', array_agg(id ORDER BY id)) FROM job`.");
    print_page(folder, "set", "Sets",
               forms + lists + "`SELECT kv.sadd('tags', array_agg(tag)) FROM article`.");
    print_page(folder, "zset", "Sorted sets",
               forms +
                   " Scores and members may be two arrays, which makes one call of a whole "
                   "query: `SELECT kv.zadd('board', array_agg(score), array_agg(name)) FROM "
                   "player`.");
    print_page(folder, "generic", "Keys", forms);
    print_page(folder, "server", "Databases and memory", forms);
    print_connection_page(folder);
}
