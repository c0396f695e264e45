// Commands on keys, whatever they hold.
#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "command/type_name.hpp"
#include "type/any.hpp"

namespace command::keyspace {

namespace {

using store::Entry;
using store::Place;

void reply_number_of_existing(Call& call) {
    int64_t existing = 0;
    for (size_t i = 1; i < call.size(); i++) {
        Entry entry;
        existing += call.store.read(call.place(i), entry);
    }
    call.reply.integer(existing);
}

// The elements of a large collection stay where they are unless there shall be two of it, or the
// other database has tables of its own.
void put_at(store::Store& store, Entry& target, Entry& source, bool keep_source) {
    bool is_large = source.type != store::Type::string && store::collection_of(source.value());
    if (is_large && (keep_source || source.elements != target.elements))
        type::copy(store, source, target);
    else
        target.put(source.type, source.value(), source.expires_at, source.encoding);
}

// What shall become of the key at the source, and of what is in its way.
struct Transfer {
    Place source;
    Place target;
    bool keep_source = false;
    bool replace = false;

    // What came of it.
    bool found = false;
    bool done = false;
};

Status carry_out(store::Store& store, Transfer& transfer) {
    auto change = [&](std::span<Entry> entries) -> Status {
        Entry& source = entries[0];
        Entry& target = entries[1];
        transfer.found = source.exists;
        transfer.done = source.exists && (transfer.replace || !target.exists);
        if (!transfer.done)
            return {};
        put_at(store, target, source, transfer.keep_source);
        if (!transfer.keep_source)
            source.remove();
        return {};
    };
    const Place places[] = {transfer.source, transfer.target};
    return store.modify(places, change);
}

Status rename_key(Call& call, Transfer& transfer) {
    if (call[1] == call[2]) {
        Entry entry;
        transfer.found = call.store.read(transfer.source, entry);
    } else {
        RETURN_IF_ERROR(carry_out(call.store, transfer));
    }
    if (!transfer.found)
        return ErrorCode::no_such_key;
    return {};
}

}  // namespace

Status del(Call& call) {
    int64_t deleted = 0;
    for (size_t place : distinct_keys(call, 1)) {
        bool existed = false;
        auto change = [&](Entry& entry) -> Status {
            existed = entry.exists;
            entry.remove();
            return {};
        };
        RETURN_IF_ERROR(call.store.modify(call.place(place), change));
        deleted += existed;
    }
    call.reply.integer(deleted);
    return {};
}

Status exists(Call& call) {
    reply_number_of_existing(call);
    return {};
}

Status touch(Call& call) {
    reply_number_of_existing(call);
    return {};
}

Status type(Call& call) {
    Entry entry;
    call.store.read(call.place(1), entry);
    call.reply.status(type_name(entry.exists ? entry.type : store::Type::none));
    return {};
}

Status rename(Call& call) {
    Transfer transfer{.source = call.place(1), .target = call.place(2), .replace = true};
    RETURN_IF_ERROR(rename_key(call, transfer));
    call.reply.status("OK");
    return {};
}

Status renamenx(Call& call) {
    Transfer transfer{.source = call.place(1), .target = call.place(2)};
    RETURN_IF_ERROR(rename_key(call, transfer));
    call.reply.boolean(transfer.done);
    return {};
}

Status copy(Call& call) {
    Transfer transfer{.source = call.place(1), .target = call.place(2), .keep_source = true};
    Options options(call, 3);
    while (!options.done()) {
        Bytes database;
        if (options.flag("REPLACE"))
            transfer.replace = true;
        else if (options.value("DB", database))
            RETURN_IF_ERROR(parse_database(database, transfer.target.database));
        else
            return ErrorCode::syntax;
    }
    if (transfer.target.database == call.database && call[1] == call[2])
        return ErrorCode::same_object;
    RETURN_IF_ERROR(carry_out(call.store, transfer));
    call.reply.boolean(transfer.done);
    return {};
}

Status move(Call& call) {
    Transfer transfer{.source = call.place(1), .target = call.place(1)};
    RETURN_IF_ERROR(parse_database(call[2], transfer.target.database));
    if (transfer.target.database == call.database)
        return ErrorCode::same_object;
    RETURN_IF_ERROR(carry_out(call.store, transfer));
    call.reply.boolean(transfer.done);
    return {};
}

}  // namespace command::keyspace
