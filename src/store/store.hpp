// What a command may ask of the store, without a type of PostgreSQL's. The tables behind it are in
// this folder; the unit tests have one in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"
#include "core/status.hpp"
#include "store/elements.hpp"

namespace store {

using core::Status;

constexpr int database_count = 16;

// An expiry is in milliseconds since 1970-01-01 UTC.
constexpr int64_t never = INT64_MAX;

// The letters stand in the key tables.
enum class Type : char { none = 0, string = 's', list = 'l', hash = 'h', set = 'e', zset = 'z' };

enum class Encoding : char {
    plain = 'p',  // as it was written
    raw = 'r',    // a string edited in place, which Redis no longer calls embstr or int
    text = 't',   // a string that Redis does not call int even if it looks like one
    // Of a collection, what Redis would make of it, which depends on what it held before. `plain`
    // is a listpack.
    intset = 'i',
    large = 'l',  // quicklist, hashtable or skiplist
};

// A key in a numbered database. The session's prefix is the store's business: names here are
// without it, on the way in and out.
struct Place {
    int database;
    Bytes key;
};

// Fetches a value that lies outside the key's row. Valid as long as the entry.
class ValueSource {
public:
    virtual size_t size() = 0;
    virtual Bytes load() = 0;
    virtual Bytes slice(size_t offset, size_t length) = 0;

protected:
    ~ValueSource() = default;
};

// One key's row: as it was found, and what shall become of it. What is found stays valid until the
// next call to the store.
class Entry {
public:
    bool exists = false;  // false also for a key whose time has passed
    Type type = Type::none;
    Encoding encoding = Encoding::plain;
    int64_t expires_at = never;
    int64_t version = 0;  // microseconds since 1970 of the last write, growing with every write

    size_t size() const { return source ? source->size() : inline_value.size(); }
    Bytes value() const { return source ? source->load() : inline_value; }
    // The bytes at offset; offset and length must lie within size().
    Bytes slice(size_t offset, size_t length) const {
        return source ? source->slice(offset, length) : inline_value.substr(offset, length);
    }

    // Where a collection's elements are, or would be, if not in the value.
    Elements* elements = nullptr;

    enum class Change { none, put, expire, remove };

    // The value must stay valid until the change is written. A collection in rows that is put no
    // more, in this key or another of the same change, is dropped with its elements.
    void put(Type new_type, Bytes value, int64_t new_expiry = never,
             Encoding new_encoding = Encoding::plain) {
        change = Change::put;
        put_type = new_type;
        put_value = value;
        put_expires_at = new_expiry;
        put_encoding = new_encoding;
    }
    // Lets a value live as long as the entry.
    Bytes keep(std::string&& value) { return kept_value = std::move(value); }
    void expire(int64_t new_expiry) {  // the key must exist
        change = Change::expire;
        put_expires_at = new_expiry;
    }
    void remove() { change = Change::remove; }  // no effect on a key that does not exist

    // For the store.
    Bytes inline_value;
    ValueSource* source = nullptr;
    Change change = Change::none;
    Type put_type = Type::none;
    Encoding put_encoding = Encoding::plain;
    Bytes put_value;
    std::string kept_value;
    int64_t put_expires_at = never;
};

// Reads of one command see one snapshot of the data, taken at its first read; writes see the
// newest committed state and queue behind whoever is writing the same key.
class Store {
public:
    // Milliseconds since 1970-01-01 UTC, the same for a whole command.
    virtual int64_t now() = 0;

    // Fills the entry; true if the key exists.
    virtual bool read(const Place& place, Entry& entry) = 0;

    // Reads the key's newest state and writes what the function asks for, at once or not at all.
    // The function may be called again if another session wrote the key meanwhile, so it may do
    // nothing but look at the entry and tell it what to become. An error means: nothing written.
    virtual Status modify(const Place& place, FunctionRef<Status(Entry&)> change) = 0;

    // The same for several different keys, all locked, in an order that cannot deadlock with
    // another command, before the function is called, once, with entries in the order of places.
    virtual Status modify(std::span<const Place> places,
                          FunctionRef<Status(std::span<Entry>)> change) = 0;

    // Calls visit for each key that begins with the literal prefix, in the order of bytes.
    virtual void keys(int database, Bytes prefix, FunctionRef<void(Bytes key)> visit) = 0;

    // SCAN: visits about count keys that begin with prefix, and returns the next cursor; 0 both
    // begins and ends. A key that is there from beginning to end is visited at least once.
    virtual uint64_t scan(int database, uint64_t cursor, Bytes prefix, int64_t count,
                          FunctionRef<void(Bytes key, Type type)> visit) = 0;

    virtual std::optional<std::string> random_key(int database) = 0;
    virtual int64_t size(int database) = 0;  // counts keys as Redis does: expired but not yet
                                             // removed ones among them
    virtual void flush(int database) = 0;
    virtual void flush_all() = 0;
    virtual void swap(int first, int second) = 0;

    // Evenly distributed, not for secrets.
    virtual uint64_t random() = 0;

    // Called now and then by what computes for long; does not return if the caller shall stop.
    virtual void check_interrupts() = 0;

protected:
    ~Store() = default;
};

}  // namespace store
