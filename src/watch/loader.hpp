// Makes of rows of kv.watch what the triggers work with.
#pragma once

#include "watch/registry.hpp"
#include "watch/row.hpp"

namespace watch {

class Loader {
public:
    // The template of a row whose key was checked when it was set up.
    static std::optional<KeyTemplate> template_of(const Row& row);
    // The columns that the row names: those of the template, then the others that count.
    static std::vector<std::string> names_in(const Row& row, const KeyTemplate& key);
    // Their numbers in the row's table; 0 for one that is not there. Throws pg::Error.
    static std::vector<AttrNumber> columns_of(const Row& row,
                                              const std::vector<std::string>& names);

    // Fills what was made for a relation. Throws pg::Error.
    static void load(Oid relation, Watches& watches);

private:
    static void add(const Row& row, Watches& watches);
    static void add_columns(const std::vector<AttrNumber>& numbers, size_t key_count,
                            const Row& row, Watches& watches, Watch& watch);
    static void add_condition(const Row& row, Watches& watches, Watch& watch);
};

}  // namespace watch
