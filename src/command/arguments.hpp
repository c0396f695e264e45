// Reading a command's arguments: numbers, database numbers, and options.
#pragma once

#include <vector>

#include "command/command.hpp"

namespace command {

Status parse_integer(Bytes text, int64_t& value);

// For an argument that Redis wants to be at least so large; it gives the same error for one that
// is too small and for one that is no number.
Status parse_at_least(int64_t minimum, Bytes text, ErrorCode error, int64_t& value);

// How many elements shall be picked at random: a negative number if one may come repeatedly.
Status parse_pick_count(Bytes text, int64_t& count);

Status parse_database(Bytes text, int& database);

constexpr bool is_database(int number) {
    return number >= 0 && number < store::database_count;
}

// Where the keys stand among the arguments, from the first on and step apart: each distinct key
// once, where it stands last, in the order of their bytes. All who lock several keys one after
// another keep this order, so that they cannot deadlock.
std::vector<size_t> distinct_keys(const Call& call, size_t step);

// Walks the options behind a command's fixed arguments. They may stand in any order and case:
//
//   while (!options.done()) {
//       if (options.flag("NX")) ...
//       else if (options.value("COUNT", count)) ...
//       else return ErrorCode::syntax;
//   }
class Options {
public:
    Options(const Call& call, size_t first) : call_(call), next_(first) {}

    bool done() const { return next_ >= call_.size(); }
    Bytes next() const { return call_[next_]; }

    // Takes the option if it comes next.
    bool flag(Bytes name);
    // Takes the option and its value if it comes next and is followed by one.
    bool value(Bytes name, Bytes& value);
    // Takes the option and its two values.
    bool values(Bytes name, Bytes& first, Bytes& second);
    // Takes the option if it comes next and is followed by so many values, and not these.
    bool followed(Bytes name, size_t values);
    // Takes what comes next.
    Bytes take() { return call_[next_++]; }

private:
    const Call& call_;
    size_t next_;
};

}  // namespace command
