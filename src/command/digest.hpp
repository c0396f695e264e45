// Redis's digest of keys: the same data have the same digest here and there.
#pragma once

#include "core/sha1.hpp"
#include "store/store.hpp"

namespace command {

// Of a key's value, zero if there is no such key.
core::Sha1 digest_of_value(store::Store& store, const store::Place& place);
// Of all databases.
core::Sha1 digest_of_everything(store::Store& store);

std::string hexadecimal(const core::Sha1& digest);

}  // namespace command
