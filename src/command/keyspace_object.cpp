// OBJECT: how a key is stored, or would be in Redis.
#include <algorithm>

#include "command/encoding.hpp"
#include "command/handlers.hpp"
#include "core/number.hpp"

namespace command {

namespace {

using store::Encoding;
using store::Entry;
using store::Type;

// A longer string does not fit Redis's object header's allocation.
constexpr size_t max_embedded_string = 44;

const char* string_encoding(const Entry& entry) {
    if (entry.encoding == Encoding::raw || entry.size() > max_embedded_string)
        return "raw";
    if (entry.encoding == Encoding::plain && core::parse_integer(entry.value()))
        return "int";
    return "embstr";
}

}  // namespace

const char* encoding_name(const Entry& entry) {
    bool large = entry.encoding == Encoding::large;
    switch (entry.type) {
        case Type::string:
            return string_encoding(entry);
        case Type::list:
            return large ? "quicklist" : "listpack";
        case Type::zset:
            return large ? "skiplist" : "listpack";
        case Type::hash:
        case Type::set:
            if (entry.encoding == Encoding::intset)
                return "intset";
            return large ? "hashtable" : "listpack";
        case Type::none:
            break;
    }
    return "unknown";
}

namespace keyspace {

Status object_encoding(Call& call) {
    Entry entry;
    if (call.store.read(call.place(2), entry))
        call.reply.bulk(encoding_name(entry));
    else
        call.reply.null();
    return {};
}

Status object_freq(Call& call) {
    Entry entry;
    if (call.store.read(call.place(2), entry))
        return ErrorCode::lfu_not_selected;
    call.reply.null();
    return {};
}

Status object_idletime(Call& call) {
    Entry entry;
    if (call.store.read(call.place(2), entry))
        call.reply.integer(std::max<int64_t>(call.store.now() * 1000 - entry.version, 0) / 1000000);
    else
        call.reply.null();
    return {};
}

Status object_refcount(Call& call) {
    Entry entry;
    if (call.store.read(call.place(2), entry))
        call.reply.integer(1);
    else
        call.reply.null();
    return {};
}

Status object_help(Call& call) {
    static constexpr const char* lines[] = {
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
        "HELP",
        "    Prints this help.",
    };
    call.reply.begin_array();
    for (const char* line : lines)
        call.reply.status(line);
    call.reply.end_array();
    return {};
}

}  // namespace keyspace

}  // namespace command
