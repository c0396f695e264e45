// The names of types, as TYPE answers them.
#pragma once

#include "store/store.hpp"

namespace command {

constexpr const char* type_name(store::Type type) {
    switch (type) {
        case store::Type::none:
            return "none";
        case store::Type::string:
            return "string";
        case store::Type::list:
            return "list";
        case store::Type::hash:
            return "hash";
        case store::Type::set:
            return "set";
        case store::Type::zset:
            return "zset";
    }
    return "unknown";
}

}  // namespace command
