// PostgreSQL's errors in the words of the Redis protocol.
#pragma once

#include <string>

#include "pg/pg.hpp"

namespace server {

// Code and message, without line breaks, as an error reply has them.
std::string reply_of(const ErrorData& error);

}  // namespace server
