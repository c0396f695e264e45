#include "command/signature.hpp"

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
        {"words", Kind::words},     {"limit", Kind::limit},
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
    parameter.token = item;
    return parameter;
}

}  // namespace

std::vector<Parameter> parse_signature(std::string_view signature) {
    std::vector<Parameter> parameters;
    while (!signature.empty())
        parameters.push_back(parse_parameter(take_until(signature, ',')));
    return parameters;
}

}  // namespace command
