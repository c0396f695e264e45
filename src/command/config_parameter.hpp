// The parameters of CONFIG, as config_parameters.def tells them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "command/server.hpp"

namespace command::config {

enum class Format {
    yes_no,
    number,
    memory,
    memory_or_percent,
    octal,
    choice,
    text,
    host_name,
    frequency,  // hz: a number that Redis moves into its range
    // Several words.
    addresses,
    buffer_limits,
    save_points,
    percentiles,
    oom_scores,
    shutdown_options,
    event_classes,
    sync_mode,  // appendfsync, as synchronous_commit tells it
};

enum class Change { remembered, hidden, setting, fixed, immutable, restricted };

struct Parameter {
    const char* name;
    const char* alias;    // empty if it has none
    const char* initial;  // its value where nothing else tells it
    Format format;
    int64_t minimum;
    int64_t maximum;
    const char* choices;  // with a space between
    Change change;
    const char* setting;  // of kv.* or PostgreSQL, or empty
    const char* reason;   // of a fixed one
};

std::span<const Parameter> parameters();
// The parameter of a name or alias, in any case, or null.
const Parameter* find(Bytes name);

// Its value, as CONFIG GET tells it.
std::string value_of(Server& server, const Parameter& parameter);
// A value as CONFIG GET would tell it once it is set, or what is wrong with it, in Redis's words.
// Some values change but a part of the current one.
core::Result<std::string> canonical(const Parameter& parameter, Bytes value, Bytes current);
// Sets a canonical value, of a parameter that may be set.
Status change(Server& server, const Parameter& parameter, const std::string& value);

// Words with single spaces between them, as Redis splits: two spaces enclose an empty word.
std::vector<Bytes> split_words(Bytes text);

}  // namespace command::config
