// The server behind the Redis protocol's door, as the commands about it see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/function_ref.hpp"
#include "core/status.hpp"

namespace command {

using core::Bytes;
using core::FunctionRef;
using core::Status;

class Server {
public:
    // A parameter of PostgreSQL or of kv.*, as SHOW prints it; none if there is no such.
    virtual std::optional<std::string> setting(const char* name) = 0;
    // Changes a parameter of kv.* as long as the server runs.
    virtual Status set_setting(const char* name, Bytes value) = 0;
    // Writes what was changed to postgresql.auto.conf, as ALTER SYSTEM does.
    virtual Status write_settings() = 0;

    // The rows of kv.info(): section, name and value.
    struct Fact {
        std::string section;
        std::string name;
        std::string value;
    };
    virtual std::vector<Fact> facts() = 0;

protected:
    ~Server() = default;
};

}  // namespace command
