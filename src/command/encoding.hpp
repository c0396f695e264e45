// What Redis would call the form in which it would hold a value.
#pragma once

#include "store/store.hpp"

namespace command {

const char* encoding_name(const store::Entry& entry);

}  // namespace command
