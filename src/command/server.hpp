// The server behind the Redis protocol's door, as the commands about it see it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
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

struct Figures;
class SlowLog;
class LatencyMonitor;

// What the server calls itself to clients of Redis.
constexpr const char* redis_version = "7.2.4";

class Server {
public:
    // A parameter of PostgreSQL or of kv.*, a number in its own unit and without it; none if there
    // is no such.
    virtual std::optional<std::string> setting(const char* name) = 0;
    // Changes a parameter of kv.*, or synchronous_commit, as long as the server runs, or tells why
    // that cannot be: setting_refused, with the reason.
    virtual Status set_setting(const char* name, Bytes value) = 0;
    // Writes what was changed of kv.* to postgresql.auto.conf, as ALTER SYSTEM does.
    virtual Status write_settings() = 0;
    // Parameters of Redis that mean nothing here and were set nevertheless, as long as the server
    // runs.
    virtual std::map<std::string, std::string, std::less<>>& remembered() = 0;
    // CONFIG RESETSTAT: what INFO counts begins anew.
    virtual void reset_statistics() = 0;

    // The rows of kv.info(section), or of kv.info() if it is empty.
    struct Fact {
        std::string section;
        std::string name;
        std::string value;
    };
    virtual std::vector<Fact> facts(Bytes section) = 0;

    // What the server counts and keeps.
    virtual Figures& figures() = 0;
    virtual SlowLog& slow_log() = 0;
    virtual LatencyMonitor& latency() = 0;

    // Asks PostgreSQL for a checkpoint, without waiting for its end.
    virtual void request_checkpoint() = 0;
    // Returns when all that was committed is on disk; at once where synchronous_commit is on.
    virtual void flush() = 0;

protected:
    ~Server() = default;
};

}  // namespace command
