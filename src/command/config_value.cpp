// The values that CONFIG SET takes: what is wrong with one, in Redis's words, or what it reads like
// afterwards.
#include <algorithm>
#include <cstdio>

#include "command/config_parameter.hpp"
#include "core/memory_size.hpp"
#include "core/number.hpp"
#include "core/output_buffer_limits.hpp"
#include "core/text.hpp"

namespace command::config {

namespace {

using Value = core::Result<std::string>;

Status refuse(std::string reason) {
    return {core::ErrorCode::setting_refused, std::move(reason)};
}

// Numbers

Value in_range(const Parameter& parameter, int64_t number) {
    if (number >= parameter.minimum && number <= parameter.maximum)
        return std::to_string(number);
    return refuse("argument must be between " + std::to_string(parameter.minimum) + " and " +
                  std::to_string(parameter.maximum) + " inclusive");
}

Value number(const Parameter& parameter, Bytes value) {
    std::optional<int64_t> parsed = core::parse_integer(value);
    if (!parsed)
        return refuse("argument couldn't be parsed into an integer");
    return in_range(parameter, *parsed);
}

Value memory(const Parameter& parameter, Bytes value) {
    std::optional<int64_t> size = core::parse_memory_size(value);
    if (!size)
        return refuse("argument must be a memory value");
    return in_range(parameter, *size);
}

Value memory_or_percent(Bytes value) {
    if (std::optional<int64_t> size = core::parse_memory_size(value))
        return std::to_string(*size);
    std::optional<int64_t> percent;
    if (value.ends_with('%'))
        percent = core::parse_integer(value.substr(0, value.size() - 1));
    if (!percent || *percent < 0)
        return refuse("argument must be a memory or percent value");
    if (*percent > 100)
        return refuse("percentage argument must be less or equal to 100");
    return std::string(value);
}

Value frequency(Bytes value) {
    std::optional<int64_t> parsed = core::parse_integer(value);
    if (!parsed)
        return refuse("argument couldn't be parsed into an integer");
    if (*parsed < 0 || *parsed > INT32_MAX)
        return refuse("argument must be between 0 and 2147483647 inclusive");
    return std::to_string(std::clamp<int64_t>(*parsed, 1, 500));
}

// Words

Value yes_no(Bytes value) {
    for (Bytes word : {"yes", "no"})
        if (core::equals_ignoring_case(value, word))
            return std::string(word);
    return refuse("argument must be 'yes' or 'no'");
}

Value choice(Bytes choices, Bytes value) {
    std::string listed;
    for (Bytes word : split_words(choices)) {
        if (core::equals_ignoring_case(value, word))
            return std::string(word);
        listed.append(listed.empty() ? "" : ", ").append(word);
    }
    return refuse("argument(s) must be one of the following: " + listed);
}

// In the order of the choices, each once.
Value shutdown_options(Bytes value) {
    constexpr Bytes known = "default save nosave now force";
    std::vector<std::string> chosen;
    for (Bytes word : value.empty() ? std::vector<Bytes>{""} : split_words(value)) {
        Value option = choice(known, word);
        if (!option)
            return option;
        chosen.push_back(*option);
    }
    auto is_chosen = [&](Bytes word) {
        return std::find(chosen.begin(), chosen.end(), word) != chosen.end();
    };
    if (is_chosen("save") && is_chosen("nosave"))
        return refuse("shutdown options SAVE and NOSAVE can't be used simultaneously");
    std::string text;
    for (Bytes word : split_words(known))
        if (is_chosen(word) && (word != "default" || chosen.size() == 1))
            text.append(text.empty() ? "" : " ").append(word);
    return text.empty() ? "default" : text;
}

Value host_name(Bytes value) {
    if (value.size() >= 256)
        return refuse("Hostnames must be less than 256 characters");
    bool is_valid = std::all_of(value.begin(), value.end(), [](char byte) {
        char letter = core::to_lower(byte);
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               letter == '-' || letter == '.';
    });
    if (!is_valid)
        return refuse("Hostnames may only contain alphanumeric characters, hyphens or dots");
    return std::string(value);
}

Value event_classes(Bytes value) {
    constexpr Bytes known = "Ag$lshzxeKEtmdn";
    if (value.find_first_not_of(known) != Bytes::npos)
        return refuse("Invalid event class character. Use '" + std::string(known) + "'.");
    return std::string(value);
}

Value sync_mode(Bytes value) {
    Value mode = choice("everysec always no", value);
    if (mode && *mode == "no")
        return refuse("PostgreSQL writes its log to disk at least every other second");
    return mode;
}

// Lists

Value save_points(Bytes value) {
    std::vector<Bytes> words = split_words(value);
    bool is_valid = words.size() % 2 == 0;
    for (size_t i = 0; i < words.size(); i++) {
        int64_t least = i % 2 == 0 ? 1 : 0;
        is_valid = is_valid && core::parse_integer(words[i]).value_or(-1) >= least;
    }
    if (!is_valid)
        return refuse("Invalid save parameters");
    return std::string(value);
}

Value percentiles(Bytes value) {
    std::string text;
    for (Bytes word : split_words(value)) {
        std::optional<long double> number = core::parse_long_double(word);
        if (!number)
            return refuse("Invalid latency-tracking-info-percentiles parameters");
        if (!(*number >= 0 && *number <= 100))
            return refuse(
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        char digits[16];
        std::snprintf(digits, sizeof(digits), "%.6Lf", *number);
        Bytes trimmed = digits;
        trimmed = trimmed.substr(0, trimmed.find_last_not_of('0') + 1);
        if (trimmed.ends_with('.'))
            trimmed.remove_suffix(1);
        text.append(text.empty() ? "" : " ").append(trimmed);
    }
    return text;
}

Value oom_scores(Bytes value) {
    std::vector<Bytes> words = split_words(value);
    if (words.size() != 3)
        return refuse("wrong number of arguments");
    for (Bytes word : words)
        if (std::abs(core::parse_integer(word).value_or(INT32_MAX)) > 2000)
            return refuse("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
    return std::string(value);
}

// What is wrong with a group of class, hard limit, soft limit and seconds; null if nothing.
const char* fault_of_limit(std::span<const Bytes> group) {
    constexpr Bytes classes[] = {"normal", "slave", "replica", "pubsub"};
    bool is_known = std::any_of(std::begin(classes), std::end(classes), [&](Bytes name) {
        return core::equals_ignoring_case(group[0], name);
    });
    if (!is_known)
        return "Invalid client class specified in buffer limit configuration.";
    if (!core::parse_memory_size(group[1]) || !core::parse_memory_size(group[2]) ||
        core::parse_integer(group[3]).value_or(-1) < 0)
        return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    return nullptr;
}

std::string limits_text(const core::OutputBufferLimits& limits) {
    constexpr std::pair<Bytes, core::ClientClass> classes[] = {
        {"normal", core::ClientClass::normal},
        {"slave", core::ClientClass::replica},
        {"pubsub", core::ClientClass::pubsub}};
    std::string text;
    for (const auto& [name, kind] : classes) {
        const core::OutputBufferLimit& limit = limits.of(kind);
        text.append(text.empty() ? "" : " ").append(name);
        for (int64_t number : {limit.hard, limit.soft, limit.soft_seconds})
            text += " " + std::to_string(number);
    }
    return text;
}

// A class that is not named keeps what it has.
Value buffer_limits(Bytes value, Bytes current) {
    std::vector<Bytes> words = split_words(value);
    if (words.size() % 4 != 0)
        return refuse("Wrong number of arguments in buffer limit configuration.");
    for (size_t i = 0; i < words.size(); i += 4)
        if (const char* fault = fault_of_limit(std::span(words).subspan(i, 4)))
            return refuse(fault);
    auto limits = core::OutputBufferLimits::parse(std::string(current) + " " + std::string(value));
    return limits ? limits_text(*limits) : std::string(current);
}

}  // namespace

Value canonical(const Parameter& parameter, Bytes value, Bytes current) {
    switch (parameter.format) {
        case Format::yes_no:
            return yes_no(value);
        case Format::number:
            return number(parameter, value);
        case Format::memory:
            return memory(parameter, value);
        case Format::memory_or_percent:
            return memory_or_percent(value);
        case Format::choice:
            return choice(parameter.choices, value);
        case Format::host_name:
            return host_name(value);
        case Format::frequency:
            return frequency(value);
        case Format::buffer_limits:
            return buffer_limits(value, current);
        case Format::save_points:
            return save_points(value);
        case Format::percentiles:
            return percentiles(value);
        case Format::oom_scores:
            return oom_scores(value);
        case Format::shutdown_options:
            return shutdown_options(value);
        case Format::event_classes:
            return event_classes(value);
        case Format::sync_mode:
            return sync_mode(value);
        case Format::octal:
        case Format::addresses:
        case Format::text:
            break;
    }
    return std::string(value);
}

}  // namespace command::config
