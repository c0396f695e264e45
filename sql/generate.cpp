// Writes the commands part of the install script, or the reference pages, from commands.def. A
// program of the build, without PostgreSQL.
#include <cstdio>
#include <cstring>

#include "declarations.hpp"
#include "pages.hpp"

namespace {

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

}  // namespace

int main(int count, char** arguments) {
    try {
        if (count == 2 && strcmp(arguments[1], "sql") == 0) {
            printf(
                "\n-- Commands. Made from src/command/commands.def; `make generate` writes it "
                "again.\n\n");
            for (const Row& row : rows())
                print_functions(row);
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
