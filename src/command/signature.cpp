#include "command/signature.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace command {

namespace {

std::string_view take_until(std::string_view& rest, char separator) {
    size_t end = rest.find(separator);
    std::string_view item = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    while (!rest.empty() && rest.front() == ' ')
        rest.remove_prefix(1);
    return item;
}

bool take_suffix(std::string_view& word, std::string_view suffix) {
    if (!word.ends_with(suffix))
        return false;
    word.remove_suffix(suffix.size());
    return true;
}

Kind kind_of(std::string_view word) {
    constexpr std::pair<std::string_view, Kind> kinds[] = {
        {"key", Kind::key},         {"value", Kind::value},       {"word", Kind::word},
        {"integer", Kind::integer}, {"interval", Kind::interval}, {"timestamp", Kind::timestamp},
        {"flag", Kind::flag},       {"real", Kind::real},         {"pair", Kind::pair},
        {"scored", Kind::scored},   {"keys", Kind::keys},         {"reals", Kind::reals},
        {"words", Kind::words},     {"limit", Kind::limit},       {"bytes", Kind::bytes},
    };
    for (const auto& [name, kind] : kinds)
        if (name == word)
            return kind;
    throw std::logic_error("unknown kind of parameter: " + std::string(word));
}

Parameter parse_parameter(std::string_view item) {
    Parameter parameter;
    if (item.starts_with('=')) {
        parameter.token = item.substr(1);
        return parameter;
    }
    parameter.name = take_until(item, ' ');
    std::string_view kind = take_until(item, ' ');
    parameter.variadic = take_suffix(kind, "...");
    parameter.optional = take_suffix(kind, "?");
    parameter.kind = kind_of(kind);
    parameter.optional |= parameter.kind == Kind::flag || parameter.kind == Kind::limit;
    parameter.token = parameter.kind == Kind::limit ? "LIMIT" : item;
    return parameter;
}

bool may_be_variadic(Kind kind) {
    return kind == Kind::key || kind == Kind::value || kind == Kind::pair;
}

// How many SQL parameters it takes.
int width(const Parameter& parameter) {
    return parameter.kind == Kind::scored || parameter.kind == Kind::limit ? 2 : 1;
}

void check(const Signature& signature, std::string_view text) {
    auto refuse = [&](const char* reason) {
        throw std::logic_error(std::string(reason) + ": " + std::string(text));
    };
    int variadic = 0;
    bool optional = false;
    for (const Parameter& parameter : signature.parameters) {
        variadic += parameter.variadic;
        optional |= parameter.optional;
        if (parameter.variadic && !may_be_variadic(parameter.kind))
            refuse("only keys, values and pairs may be VARIADIC");
        if (parameter.kind == Kind::pair && !parameter.variadic)
            refuse("pairs are VARIADIC");
    }
    if (variadic > 1 || (variadic == 1 && optional))
        refuse("a VARIADIC parameter is the last, with none that may be left out");
}

enum class Rank { required, variadic, optional };

Rank rank_of(const Parameter& parameter) {
    if (parameter.variadic)
        return Rank::variadic;
    return parameter.optional ? Rank::optional : Rank::required;
}

void place(Signature& signature) {
    for (Rank rank : {Rank::required, Rank::variadic, Rank::optional})
        for (Parameter& parameter : signature.parameters)
            if (parameter.kind != Kind::token && rank_of(parameter) == rank) {
                parameter.position = signature.size;
                signature.size += width(parameter);
            }
}

}  // namespace

Signature parse_signature(std::string_view text) {
    Signature signature;
    for (std::string_view rest = text; !rest.empty();)
        signature.parameters.push_back(parse_parameter(take_until(rest, ',')));
    check(signature, text);
    place(signature);
    return signature;
}

const Parameter* Signature::variadic() const {
    for (const Parameter& parameter : parameters)
        if (parameter.variadic)
            return &parameter;
    return nullptr;
}

std::vector<const Parameter*> Signature::sql_order() const& {
    std::vector<const Parameter*> order;
    for (const Parameter& parameter : parameters)
        if (parameter.kind != Kind::token)
            order.push_back(&parameter);
    std::sort(order.begin(), order.end(), [](const Parameter* left, const Parameter* right) {
        return left->position < right->position;
    });
    return order;
}

TwoNames two_names(const Parameter& parameter, bool arrays) {
    switch (parameter.kind) {
        case Kind::limit:
            return {"offset", "count"};
        case Kind::scored:
            return arrays ? TwoNames{"scores", "members"} : TwoNames{"score", "member"};
        case Kind::pair:
            return {parameter.name == "pairs" ? "keys" : parameter.name, "values"};
        default:
            throw std::logic_error("a parameter with one name: " + std::string(parameter.name));
    }
}

}  // namespace command
