// The commands as SQL functions.
#pragma once

#include <string>

#include "command/signature.hpp"
#include "rows.hpp"

// Prints the CREATE FUNCTION and COMMENT of a row's function, for each of its overloads.
void print_functions(const Row& row);

// What a function returns whose keys and values are of a type.
std::string result_type(const Row& row, const std::string& bytes_type);

// A parameter's type in the text form.
std::string type_of(const command::Parameter& parameter);

std::string quote(const std::string& text);
