// DUMP and RESTORE, in Redis's own format.
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "command/arguments.hpp"
#include "command/handlers.hpp"
#include "core/rdb.hpp"
#include "type/dump.hpp"
#include "type/hash.hpp"
#include "type/list.hpp"
#include "type/set.hpp"
#include "type/zset.hpp"

namespace command::keyspace {

namespace {

using store::Entry;
using store::Type;

// What a payload holds, until it is known to be sound as a whole.
class Restored final : public core::RdbVisitor {
public:
    void on_string(Bytes value) override {
        type_ = Type::string;
        add(value);
    }
    void on_item(Bytes item) override {
        type_ = Type::list;
        add(item);
    }
    void on_member(Bytes member) override {
        type_ = Type::set;
        add_name(member);
    }
    void on_scored(Bytes member, double score) override {
        type_ = Type::zset;
        add_name(member);
        scores_.push_back(score);
    }
    void on_field(Bytes field, Bytes value) override {
        type_ = Type::hash;
        add_name(field);
        values_.emplace_back(value);
    }

    // Redis refuses a member or field that is there twice.
    bool has_repeated_name() const { return has_repeated_name_; }

    void write(store::Store& store, Entry& entry, int64_t expires_at) const {
        switch (type_) {
            case Type::list: {
                type::List list;
                list.create(entry, expires_at);
                list.push(type::Side::right, names());
                list.save();
                break;
            }
            case Type::set:
                type::Set::create(store, entry, names(), expires_at);
                break;
            case Type::hash: {
                std::vector<type::Field> fields;
                for (size_t i = 0; i < names_.size(); i++)
                    fields.push_back({names_[i], values_[i]});
                type::Hash::create(store, entry, fields, expires_at);
                break;
            }
            case Type::zset: {
                std::vector<type::ScoredName> members;
                for (size_t i = 0; i < names_.size(); i++)
                    members.push_back({scores_[i], names_[i]});
                type::ZSet::replace(entry, members, expires_at);
                break;
            }
            default:
                entry.put(Type::string, names_.front(), expires_at);
        }
    }

private:
    void add(Bytes bytes) { names_.emplace_back(bytes); }
    void add_name(Bytes name) {
        add(name);
        has_repeated_name_ |= !seen_.insert(names_.back()).second;
    }
    std::vector<Bytes> names() const { return {names_.begin(), names_.end()}; }

    Type type_ = Type::none;
    std::deque<std::string> names_;  // or items, or a string
    std::deque<std::string> values_;
    std::vector<double> scores_;
    std::unordered_set<Bytes> seen_;
    bool has_repeated_name_ = false;
};

struct RestoreOptions {
    bool replace = false;
    bool absolute = false;
};

Status parse_restore_options(const Call& call, RestoreOptions& wanted) {
    std::optional<int64_t> idle_time;
    std::optional<int64_t> frequency;
    Options options(call, 4);
    while (!options.done()) {
        Bytes text;
        int64_t number = 0;
        if (options.flag("REPLACE")) {
            wanted.replace = true;
        } else if (options.flag("ABSTTL")) {
            wanted.absolute = true;
        } else if (!frequency && options.value("IDLETIME", text)) {
            RETURN_IF_ERROR(parse_integer(text, number));
            if (number < 0)
                return ErrorCode::invalid_idle_time;
            idle_time = number;
        } else if (!idle_time && options.value("FREQ", text)) {
            RETURN_IF_ERROR(parse_integer(text, number));
            if (number < 0 || number > 255)
                return ErrorCode::invalid_frequency;
            frequency = number;
        } else {
            return ErrorCode::syntax;
        }
    }
    return {};
}

Status parse_expiry_of_restore(Call& call, bool absolute, int64_t& expires_at) {
    int64_t milliseconds = 0;
    RETURN_IF_ERROR(parse_integer(call[2], milliseconds));
    if (milliseconds < 0)
        return ErrorCode::invalid_ttl;
    if (milliseconds == 0)
        expires_at = store::never;
    else if (absolute)
        expires_at = milliseconds;
    else if (__builtin_add_overflow(call.store.now(), milliseconds, &expires_at))
        return ErrorCode::invalid_ttl;
    return {};
}

}  // namespace

Status dump(Call& call) {
    Entry entry;
    if (call.store.read(call.place(1), entry))
        call.reply.bulk(type::dump(call.store, entry));
    else
        call.reply.null();
    return {};
}

Status restore(Call& call) {
    RestoreOptions wanted;
    RETURN_IF_ERROR(parse_restore_options(call, wanted));
    Entry existing;
    if (!wanted.replace && call.store.read(call.place(1), existing))
        return ErrorCode::key_exists;
    int64_t expires_at = store::never;
    RETURN_IF_ERROR(parse_expiry_of_restore(call, wanted.absolute, expires_at));
    Restored restored;
    RETURN_IF_ERROR(core::read_dump(call[3], restored));
    if (restored.has_repeated_name())
        return ErrorCode::dump_format;

    auto change = [&](Entry& entry) -> Status {
        if (!wanted.replace && entry.exists)
            return ErrorCode::key_exists;
        if (expires_at <= call.store.now())
            entry.remove();
        else
            restored.write(call.store, entry, expires_at);
        return {};
    };
    RETURN_IF_ERROR(call.store.modify(call.place(1), change));
    call.reply.status("OK");
    return {};
}

}  // namespace command::keyspace
