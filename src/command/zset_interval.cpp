#include "command/zset_interval.hpp"

#include <optional>

#include "core/score.hpp"

namespace command::zset {

namespace {

using Side = Gap::Side;

Status parse_score(Bytes text, Side inclusive, Side exclusive, Gap& gap) {
    bool excluded = text.starts_with('(');
    std::optional<double> score = core::parse_score_bound(excluded ? text.substr(1) : text);
    if (!score)
        return ErrorCode::score_range;
    gap = {*score, {}, excluded ? exclusive : inclusive};
    return {};
}

Status parse_name(Bytes text, Side inclusive, Side exclusive, Gap& gap) {
    if (text == "-")
        gap = Gap::begin();
    else if (text == "+")
        gap = Gap::end();
    else if (text.starts_with('['))
        gap = {0, text.substr(1), inclusive};
    else if (text.starts_with('('))
        gap = {0, text.substr(1), exclusive};
    else
        return ErrorCode::name_range;
    return {};
}

}  // namespace

Interval Interval::within(type::ZSet& zset) const {
    Interval known = *this;
    if (!by_name)
        return known;
    zset.range(0, 1, Direction::forward, [&](Bytes, double score) {
        for (Gap* gap : {&known.from, &known.to})
            if (gap->side == Side::before_name || gap->side == Side::after_name)
                gap->score = score;
        return false;
    });
    return known;
}

Status parse_score_interval(Bytes min, Bytes max, Interval& interval) {
    RETURN_IF_ERROR(parse_score(min, Side::before_score, Side::after_score, interval.from));
    return parse_score(max, Side::after_score, Side::before_score, interval.to);
}

Status parse_name_interval(Bytes min, Bytes max, Interval& interval) {
    interval.by_name = true;
    RETURN_IF_ERROR(parse_name(min, Side::before_name, Side::after_name, interval.from));
    return parse_name(max, Side::after_name, Side::before_name, interval.to);
}

}  // namespace command::zset
