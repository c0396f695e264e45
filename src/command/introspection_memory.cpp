// MEMORY.
#include <malloc.h>

#include <algorithm>
#include <cstdio>

#include "command/arguments.hpp"
#include "command/help.hpp"
#include "command/info.hpp"
#include "command/server_handlers.hpp"
#include "core/process.hpp"
#include "type/any.hpp"
#include "type/hash.hpp"

namespace command::introspection {

namespace {

using store::Entry;
using store::Type;

// What a row takes besides its keys, names and values, with its entries in the indexes: headers of
// row and line pointer, columns of fixed size, lengths, and padding.
constexpr int64_t key_row = 72 + 12 + 28;
constexpr int64_t expiring_key_row = 28;  // and an entry in one index more
constexpr int64_t field_row = 48 + 28;
constexpr int64_t item_row = 44 + 28;
constexpr int64_t member_row = 56 + 28 + 40;
constexpr int64_t default_samples = 5;

int64_t row_of_element(Type type) {
    switch (type) {
        case Type::list:
            return item_row;
        case Type::zset:
            return member_row;
        default:
            return field_row;
    }
}

// The bytes of elements, as far as visited.
class Sampler {
public:
    explicit Sampler(int64_t most) : most_(most) {}

    bool take(size_t size) {
        count_++;
        bytes_ += static_cast<int64_t>(size);
        return count_ != most_;  // 0: all
    }
    int64_t estimate(int64_t elements) const {
        return count_ == 0 ? 0 : bytes_ * elements / count_;
    }

private:
    int64_t most_;
    int64_t count_ = 0;
    int64_t bytes_ = 0;
};

int64_t size_of_rows(store::Store& store, Entry& entry, int64_t samples) {
    Type type = entry.type;
    int64_t elements = type::count(store, entry);
    Sampler sampler(samples);
    if (type == Type::hash) {
        type::Hash hash(store);
        (void)hash.view(entry);
        hash.walk(
            [&](Bytes field, Bytes value) { return sampler.take(field.size() + value.size()); });
    } else {
        (void)type::walk_values(store, entry,
                                [&](Bytes value) { return sampler.take(value.size()); });
    }
    return elements * row_of_element(type) + sampler.estimate(elements);
}

bool is_in_rows(const Entry& entry) {
    return entry.type != Type::string && store::collection_of(entry.value());
}

// As most of it is the allocator's own.
double share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

double ratio(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Status memory_usage(Call& call) {
    int64_t samples = default_samples;
    Options options(call, 3);
    while (!options.done()) {
        Bytes value;
        if (!options.value("SAMPLES", value))
            return ErrorCode::syntax;
        RETURN_IF_ERROR(parse_integer(value, samples));
        if (samples < 0)
            return ErrorCode::syntax;
    }
    Entry entry;
    if (!call.store.read(call.place(2), entry)) {
        call.reply.null();
        return {};
    }
    // The key stands in its row and in an index.
    int64_t size = key_row + 2 * static_cast<int64_t>(call[2].size());
    size += static_cast<int64_t>(entry.size());
    size += entry.expires_at == store::never ? 0 : expiring_key_row;
    if (is_in_rows(entry))
        size += size_of_rows(call.store, entry, samples);
    call.reply.integer(size);
    return {};
}

Status memory_stats(Call& call) {
    core::ProcessMemory memory = core::process_memory();
    uint64_t buffers = 0;
    call.door->clients.walk(
        [&](Client& client) { buffers += client.input_capacity + client.output_size; });
    Facts facts(call.door->server.facts("memory"));
    auto dataset = static_cast<uint64_t>(facts.number("memory", "used_memory_dataset"));
    int64_t keys = 0;
    for (int database = 0; database < store::database_count; database++)
        keys += call.store.size(database);
    Reply& reply = call.reply;
    auto integer = [&](const char* name, uint64_t value) {
        reply.bulk(name);
        reply.integer(static_cast<int64_t>(value));
    };
    auto real = [&](const char* name, double value) {
        reply.bulk(name);
        reply.real(value);
    };
    reply.begin_map();
    integer("peak.allocated", memory.peak);
    integer("total.allocated", memory.allocated);
    integer("replication.backlog", 0);
    integer("clients.slaves", 0);
    integer("clients.normal", buffers);
    integer("cluster.links", 0);
    integer("aof.buffer", 0);
    integer("lua.caches", 0);
    integer("functions.caches", 0);
    integer("keys.count", static_cast<uint64_t>(keys));
    integer("keys.bytes-per-key", keys == 0 ? 0 : dataset / static_cast<uint64_t>(keys));
    integer("dataset.bytes", dataset);
    real("peak.percentage", share(memory.allocated, memory.peak));
    integer("allocator.allocated", memory.allocated);
    integer("allocator.resident", memory.resident);
    real("fragmentation", ratio(memory.resident, memory.allocated));
    reply.end_map();
    return {};
}

Status memory_doctor(Call& call) {
    constexpr uint64_t much = 1ULL << 30;
    core::ProcessMemory memory = core::process_memory();
    std::string text;
    if (memory.allocated > much)
        text +=
            "The process needs more than a gigabyte: CLIENT LIST tells whose buffers are large "
            "(qbuf, omem).\n";
    if (memory.resident > much && ratio(memory.resident, memory.allocated) > 2)
        text += "Most of the process's memory is not in use: MEMORY PURGE gives it back.\n";
    if (text.empty())
        text = "The process needs " + readable_memory(memory.allocated) +
               ", and finds nothing to complain of. The keys are in PostgreSQL's tables and "
               "shared_buffers.\n";
    call.reply.verbatim(text);
    return {};
}

Status memory_malloc_stats(Call& call) {
    char* text = nullptr;
    size_t size = 0;
    FILE* stream = open_memstream(&text, &size);
    if (stream) {
        malloc_info(0, stream);
        fclose(stream);
    }
    std::string statistics(text ? text : "", size);
    free(text);
    call.reply.verbatim(statistics);
    return {};
}

Status memory_purge(Call& call) {
    malloc_trim(0);
    call.reply.status("OK");
    return {};
}

Status memory_help(Call& call) {
    static constexpr const char* lines[] = {
        "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "DOCTOR",
        "    Return memory problems reports.",
        "MALLOC-STATS",
        "    Return internal statistics report from the memory allocator.",
        "PURGE",
        "    Attempt to purge dirty pages for reclamation by the allocator.",
        "STATS",
        "    Return information about the memory usage of the server.",
        "USAGE <key> [SAMPLES <count>]",
        "    Return memory in bytes used by <key> and its value. Nested values are",
        "    sampled up to <count> times (default: 5, 0 means sample all).",
        "HELP",
        "    Prints this help.",
    };
    reply_lines(call.reply, lines);
    return {};
}

}  // namespace command::introspection
