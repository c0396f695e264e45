// The bounds of a range of members, by score or by name.
#pragma once

#include "command/command.hpp"
#include "type/zset.hpp"

namespace command::zset {

using store::Direction;
using store::Gap;

// The members between two gaps. By name, members are ordered only if they share one score, so the
// gaps' score is that of the first member, wherever they have a name.
struct Interval {
    Gap from;
    Gap to;
    bool by_name = false;

    // With the score known.
    Interval within(type::ZSet& zset) const;
};

// 1, (1, -inf, +inf.
Status parse_score_interval(Bytes min, Bytes max, Interval& interval);

// [name, (name, -, +.
Status parse_name_interval(Bytes min, Bytes max, Interval& interval);

}  // namespace command::zset
