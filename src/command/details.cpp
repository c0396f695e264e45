#include "command/details.hpp"

namespace command {

namespace {

// What stands in details.def for a command.
struct Details {
    std::vector<KeySpec> keys;
    bool has_categories = false;
    uint32_t categories = 0;
    std::vector<const char*> tips;
};

using Find = KeySpec::Find;

KeySpec from_row(const Command& row, uint16_t use, const char* notes = nullptr) {
    auto [first, last, step] = row.keys;
    return {Find::range, use, first, last < 0 ? last : last - first, step, notes};
}

constexpr uint16_t default_use(const Command& row) {
    return row.writes() ? RW | ACCESS | UPDATE : RO | ACCESS;
}

class Table {
public:
    Table() : rows_(all().size()) {
        read();
        for (const Command& row : all())
            if (row.keys.first != 0 && row.handler && of(row.id).keys.empty())
                of(row.id).keys.push_back(from_row(row, default_use(row)));
    }

    const Details& operator[](const Command& command) const {
        return rows_[static_cast<size_t>(command.id)];
    }

private:
    Details& of(Id id) { return rows_[static_cast<size_t>(id)]; }
    void add(Id id, KeySpec spec) { of(id).keys.push_back(spec); }

    void read() {
#define KEYS_USED(command, use) add(Id::command, from_row(get(Id::command), use));
#define KEYS_NOTED(command, use, notes) add(Id::command, from_row(get(Id::command), use, notes));
#define KEY_AT(command, use, index) add(Id::command, {Find::range, use, index});
#define KEYS_FROM(command, use, index) add(Id::command, {Find::range, use, index, -1});
#define KEYS_COUNTED(command, use, index) add(Id::command, {Find::count, use, index});
#define KEYS_HIDDEN(command, use, notes) add(Id::command, {Find::unknown, use, 0, 0, 0, notes});
#define CATEGORIES(command, names)         \
    of(Id::command).has_categories = true; \
    of(Id::command).categories = names;
#define TIPS(command, ...) of(Id::command).tips = {__VA_ARGS__};
#include "command/details.def"
#undef KEYS_USED
#undef KEYS_NOTED
#undef KEY_AT
#undef KEYS_FROM
#undef KEYS_COUNTED
#undef KEYS_HIDDEN
#undef CATEGORIES
#undef TIPS
    }

    std::vector<Details> rows_;
};

const Details& details_of(const Command& command) {
    static const Table table;
    return table[command];
}

uint32_t category_of(const Command& command) {
    switch (command.group) {
        case Group::string:
            return OF_STRING;
        case Group::hash:
            return OF_HASH;
        case Group::list:
            return OF_LIST;
        case Group::set:
            return OF_SET;
        case Group::zset:
            return OF_SORTED_SET;
        case Group::generic:
            return OF_KEYSPACE;
        case Group::server:  // whole databases, if data are concerned at all
            if ((command.flags & CONNECTION) == 0)
                return OF_KEYSPACE;
            break;
        case Group::connection:
            return OF_CONNECTION;
        case Group::transactions:
            return OF_TRANSACTION;
        case Group::scripting:
            return OF_SCRIPTING;
        case Group::cluster:
            break;
    }
    return 0;
}

}  // namespace

std::span<const char* const> key_use_names() {
    static constexpr const char* names[] = {
        "RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "variable_flags"};
    return names;
}

std::span<const KeySpec> key_specs(const Command& command) {
    return details_of(command).keys;
}

bool has_movable_keys(const Command& command) {
    for (const KeySpec& spec : key_specs(command))
        if (spec.find != Find::range)
            return true;
    return false;
}

std::span<const char* const> category_names() {
    static constexpr const char* names[] = {
        "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
        "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
        "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting"};
    return names;
}

uint32_t categories(const Command& command) {
    if (!command.handler)
        return OF_SLOW;
    const Details& details = details_of(command);
    uint32_t set = details.has_categories ? details.categories : category_of(command);
    set |= (command.flags & FAST) != 0 ? OF_FAST : OF_SLOW;
    if (is_help(command))
        return set;
    if ((command.flags & READ) != 0)
        set |= OF_READ;
    if (command.writes())
        set |= OF_WRITE;
    if ((command.flags & ADMIN) != 0)
        set |= OF_ADMIN | OF_DANGEROUS;
    if ((command.flags & DANGEROUS) != 0)
        set |= OF_DANGEROUS;
    return set;
}

std::span<const char* const> tips(const Command& command) {
    return details_of(command).tips;
}

std::vector<const Command*> subcommands(const Command& command) {
    std::vector<const Command*> found;
    std::string prefix = std::string(command.name) + "|";
    for (const Command& row : all())
        if (Bytes(row.name).starts_with(prefix))
            found.push_back(&row);
    return found;
}

bool is_subcommand(const Command& command) {
    return Bytes(command.name).find('|') != Bytes::npos;
}

bool is_help(const Command& command) {
    return Bytes(command.name).ends_with("|help");
}

const char* group_name(Group group) {
    static constexpr const char* names[] = {"string",       "hash",      "list",   "set",
                                            "sorted-set",   "generic",   "server", "connection",
                                            "transactions", "scripting", "cluster"};
    return names[static_cast<size_t>(group)];
}

}  // namespace command
