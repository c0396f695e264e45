// The rows of commands.def as text, for what is made from them.
#pragma once

#include <string>
#include <vector>

// A row of commands.def, with what it tells as text.
struct Row {
    std::string name;
    std::string redis_name;  // empty for a further function of the command before
    int arity;
    std::string flags;
    std::string group;
    std::string since;
    std::string complexity;
    std::string signature;
    std::string result;
    std::string summary;

    bool has_flag(const char* flag) const { return flags.find(flag) != std::string::npos; }
};

const std::vector<Row>& rows();

// The row of a function's command.
const Row& command_of(const Row& row);
