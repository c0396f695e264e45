// The table of CONFIG's parameters, and where their values are kept.
#include "command/config_parameter.hpp"

#include <algorithm>
#include <climits>
#include <cstdio>

#include "core/number.hpp"
#include "core/text.hpp"

namespace command::config {

namespace {

struct Kept {
    Change change;
    const char* setting = "";
    const char* reason = "";
};

constexpr Parameter row(const char* name, const char* alias, const char* initial, Format format,
                        int64_t minimum, int64_t maximum, const char* choices, Kept kept) {
    return {name,    alias,   initial,     format,       minimum,
            maximum, choices, kept.change, kept.setting, kept.reason};
}

#define REMEMBERED \
    { Change::remembered }
#define HIDDEN \
    { Change::hidden }
#define SETTING(name) \
    { Change::setting, name }
#define FIXED(reason) \
    { Change::fixed, "", reason }
#define IMMUTABLE \
    { Change::immutable }
#define IMMUTABLE_SETTING(name) \
    { Change::immutable, name }
#define PROTECTED \
    { Change::restricted }
#define PROTECTED_SETTING(name) \
    { Change::restricted, name }

#define SWITCH(name, alias, value, ...) \
    row(name, alias, value, Format::yes_no, 0, 0, "", __VA_ARGS__),
#define NUMBER(name, alias, value, minimum, maximum, ...) \
    row(name, alias, value, Format::number, minimum, maximum, "", __VA_ARGS__),
#define MEMORY(name, alias, value, minimum, maximum, ...) \
    row(name, alias, value, Format::memory, minimum, maximum, "", __VA_ARGS__),
#define CHOICE(name, alias, value, choices, ...) \
    row(name, alias, value, Format::choice, 0, 0, choices, __VA_ARGS__),
#define TEXT(name, alias, value, ...) row(name, alias, value, Format::text, 0, 0, "", __VA_ARGS__),
#define OTHER(name, alias, value, format, ...) \
    row(name, alias, value, Format::format, 0, 0, "", __VA_ARGS__),

constexpr Parameter table[] = {
#include "command/config_parameters.def"
};

#undef SWITCH
#undef NUMBER
#undef MEMORY
#undef CHOICE
#undef TEXT
#undef OTHER

// Redis has spaces where PostgreSQL has commas.
std::string addresses_told(const std::string& setting) {
    std::string text;
    for (char letter : setting) {
        bool separates = letter == ',' || letter == ' ';
        if (!separates)
            text += letter;
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
    }
    return text;
}

// A minus before an address forgives its absence, which here is always forgiven but for all of
// them.
std::string addresses_set(Bytes value) {
    std::string text;
    for (Bytes word : split_words(value)) {
        if (!text.empty())
            text += ", ";
        text += word.substr(word.starts_with('-') ? 1 : 0);
    }
    return text;
}

std::string octal_told(const std::string& setting) {
    char digits[16];
    auto number = static_cast<unsigned>(core::parse_integer(setting).value_or(0));
    return {digits, static_cast<size_t>(std::snprintf(digits, sizeof(digits), "%o", number))};
}

// A setting's value in Redis's words.
std::string told(const Parameter& parameter, const std::string& setting) {
    switch (parameter.format) {
        case Format::addresses:
            return addresses_told(setting);
        case Format::octal:
            return octal_told(setting);
        case Format::sync_mode:
            return setting == "off" ? "everysec" : "always";
        case Format::buffer_limits: {
            core::Result<std::string> limits = canonical(parameter, setting, parameter.initial);
            return limits ? *limits : setting;
        }
        default:
            return setting;
    }
}

// A value in PostgreSQL's words.
std::string as_setting(const Parameter& parameter, const std::string& value) {
    switch (parameter.format) {
        case Format::addresses:
            return addresses_set(value);
        case Format::sync_mode:
            return value == "everysec" ? "off" : "on";
        default:
            return value;
    }
}

}  // namespace

std::span<const Parameter> parameters() {
    return table;
}

const Parameter* find(Bytes name) {
    const auto* found = std::find_if(std::begin(table), std::end(table), [&](const Parameter& row) {
        return core::equals_ignoring_case(name, row.name) ||
               (row.alias[0] != '\0' && core::equals_ignoring_case(name, row.alias));
    });
    return found == std::end(table) ? nullptr : found;
}

std::string value_of(Server& server, const Parameter& parameter) {
    if (parameter.setting[0] != '\0') {
        std::optional<std::string> setting = server.setting(parameter.setting);
        return setting ? told(parameter, *setting) : parameter.initial;
    }
    auto remembered = server.remembered().find(Bytes(parameter.name));
    return remembered == server.remembered().end() ? parameter.initial : remembered->second;
}

Status change(Server& server, const Parameter& parameter, const std::string& value) {
    if (parameter.change == Change::setting)
        return server.set_setting(parameter.setting, as_setting(parameter, value));
    server.remembered()[parameter.name] = value;
    return {};
}

std::vector<Bytes> split_words(Bytes text) {
    std::vector<Bytes> words;
    while (!text.empty()) {
        size_t length = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, length));
        if (length + 1 == text.size())
            words.push_back({});
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return words;
}

}  // namespace command::config
