// Commands as Redis reads them: arrays of bulk strings.
#pragma once

#include <initializer_list>
#include <string>

#include "core/bytes.hpp"

namespace relay {

using core::Bytes;

// So many words follow.
void begin_command(std::string& output, size_t words);
void add_word(std::string& output, Bytes word);
void add_word(std::string& output, Bytes head, Bytes tail);  // one word in two pieces
void add_number(std::string& output, int64_t number);

void add_command(std::string& output, std::initializer_list<Bytes> words);

}  // namespace relay
