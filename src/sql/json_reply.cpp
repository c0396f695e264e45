#include "sql/json_reply.hpp"

#include <cmath>

#include "core/number.hpp"
#include "core/score.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/json.h"
}

namespace sql {

bool JsonReply::begin_item() {
    if (!json_) {
        json_ = makeStringInfo();
        string_ = makeStringInfo();
    }
    Level& level = levels_[depth_];
    bool is_value_of_map = level.is_map && level.items % 2 == 1;
    if (level.items > 0)
        appendStringInfoString(json_, is_value_of_map ? ": " : ", ");
    level.items++;
    return level.is_map && !is_value_of_map;
}

void JsonReply::write(Bytes literal) {
    if (begin_item())
        appendStringInfo(json_, "\"%.*s\"", static_cast<int>(literal.size()), literal.data());
    else
        appendBinaryStringInfo(json_, literal.data(), static_cast<int>(literal.size()));
}

void JsonReply::write_string(Bytes text) {
    if (!is_valid_text(text))
        raise_invalid_text();
    begin_item();
    resetStringInfo(string_);
    appendBinaryStringInfo(string_, text.data(), static_cast<int>(text.size()));
    if (depth_ == 0)
        appendBinaryStringInfo(json_, string_->data, string_->len);
    else
        escape_json(json_, string_->data);
}

void JsonReply::integer(int64_t value) {
    core::IntegerText text(value);
    pg::call([&] { write(text.bytes()); });
}

void JsonReply::bulk(Bytes value) {
    pg::call([&] { write_string(value); });
}

void JsonReply::null() {
    if (depth_ > 0)
        pg::call([&] { write("null"); });
}

// JSON knows no infinity.
void JsonReply::real(double value) {
    std::string text = core::format_score(value);
    if (!std::isfinite(value))
        text = '"' + text + '"';
    pg::call([&] { write(text); });
}

void JsonReply::begin(bool is_map) {
    if (depth_ == most_levels)
        throw std::logic_error("a reply has more levels than its function returns");
    pg::call([&] {
        begin_item();
        appendStringInfoChar(json_, is_map ? '{' : '[');
    });
    levels_[++depth_] = {is_map, 0};
}

void JsonReply::end() {
    pg::call([&] { appendStringInfoChar(json_, levels_[depth_].is_map ? '}' : ']'); });
    depth_--;
}

Datum JsonReply::result(FunctionCallInfo fcinfo) {
    fcinfo->isnull = json_ == nullptr;
    if (!json_)
        return 0;
    return pg::call([&] { return DirectFunctionCall1(jsonb_in, CStringGetDatum(json_->data)); });
}

}  // namespace sql
