#include "sql/result_shape.hpp"

namespace sql {

ResultShape shape_of(command::ResultKind kind) {
    using command::ResultKind;
    using Style = ResultShape::Style;
    switch (kind) {
        case ResultKind::integer:
            return {Style::value, {Column::integer}};
        case ResultKind::boolean:
            return {Style::value, {Column::boolean}};
        case ResultKind::numeric:
            return {Style::value, {Column::numeric}};
        case ResultKind::real:
            return {Style::value, {Column::real}};
        case ResultKind::value:
        case ResultKind::key_name:
            return {Style::value, {Column::bytes}};
        case ResultKind::bytes:
            return {Style::value, {Column::binary}};
        case ResultKind::status:
        case ResultKind::text:
            return {Style::value, {Column::text}};
        case ResultKind::json:
            return {Style::json};
        case ResultKind::text_set:
            return {Style::rows, {Column::text}};
        case ResultKind::key_set:
        case ResultKind::value_set:
            return {Style::rows, {Column::bytes}};
        case ResultKind::integer_set:
            return {Style::rows, {Column::integer}};
        case ResultKind::fields:
            return {Style::rows, {Column::bytes, Column::bytes}};
        case ResultKind::scored:
            return {Style::rows, {Column::bytes, Column::real}};
        case ResultKind::rank_and_score:
            return {Style::rows, {Column::integer, Column::real}};
        case ResultKind::key_values:
        case ResultKind::fields_asked:
            return {Style::asked, {Column::bytes, Column::bytes}};
        case ResultKind::members_asked:
            return {Style::asked, {Column::bytes, Column::boolean}};
        case ResultKind::scored_asked:
            return {Style::asked, {Column::bytes, Column::real}};
        case ResultKind::popped:
            return {Style::keyed, {Column::bytes, Column::bytes}};
        case ResultKind::popped_scored:
            return {Style::keyed, {Column::bytes, Column::bytes, Column::real}};
        case ResultKind::scan:
        case ResultKind::members_scan:
            return {Style::scan, {Column::bytes}};
        case ResultKind::fields_scan:
            return {Style::scan, {Column::bytes, Column::bytes}};
        case ResultKind::scored_scan:
            return {Style::scan, {Column::bytes, Column::real}};
        case ResultKind::none:
            break;
    }
    throw std::logic_error("a command without a SQL function has no result");
}

}  // namespace sql
