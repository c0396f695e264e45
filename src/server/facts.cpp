// The server and its settings, as the commands about them see them.
#include "server/server.hpp"

#include "pg/guard.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace server {

std::optional<std::string> Server::setting(const char* name) {
    const char* value = pg::call([name] { return GetConfigOption(name, true, false); });
    return value ? std::optional<std::string>(value) : std::nullopt;
}

core::Status Server::set_setting(const char* name, Bytes value) {
    std::string text(value);
    pg::call([&] { SetConfigOption(name, text.c_str(), PGC_SIGHUP, PGC_S_OVERRIDE); });
    return {};
}

}  // namespace server
