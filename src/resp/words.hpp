// The words of an inline command, split and unquoted as Redis does it.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace resp {

using core::Bytes;

// Words are views into the line, or, where quotes make them differ, into the texts that are added
// to `unquoted`. False if a quote is not closed, or something follows it that is not a space.
bool split_words(Bytes line, std::vector<Bytes>& words, std::list<std::string>& unquoted);

}  // namespace resp
