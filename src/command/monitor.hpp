// What clients that sent MONITOR are shown of others' commands.
#pragma once

#include "command/command.hpp"

namespace command {

// In double quotes, with escapes for what is not printable ASCII.
void append_quoted(std::string& line, Bytes argument);

// Whether monitors see calls of a command: those that administer the server are hidden.
bool is_monitored(const Command& command);

// A call's arguments as monitors and the slow log show them: passwords are left out.
std::vector<Bytes> shown_arguments(const Command& command, std::span<const Bytes> arguments);

// The line for a call, to be sent as a status reply. The time is in microseconds since 1970, the
// database the one in which the call began.
std::string monitor_line(const Client& client, int database, std::span<const Bytes> arguments,
                         int64_t time);

}  // namespace command
