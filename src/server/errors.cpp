#include "server/errors.hpp"

#include <algorithm>

namespace server {

namespace {

const char* code_of(int sqlstate) {
    switch (sqlstate) {
        case ERRCODE_INSUFFICIENT_PRIVILEGE:
            return "NOPERM";
        case ERRCODE_READ_ONLY_SQL_TRANSACTION:
            return "READONLY";
        case ERRCODE_OUT_OF_MEMORY:
            return "OOM";
        case ERRCODE_DISK_FULL:
            return "MISCONF";
        default:
            return "ERR";
    }
}

}  // namespace

std::string reply_of(const ErrorData& error) {
    std::string reply = std::string(code_of(error.sqlerrcode)) + " " + error.message;
    if (error.hint)
        reply += std::string(". ") + error.hint;
    std::replace_if(
        reply.begin(), reply.end(), [](char byte) { return byte == '\r' || byte == '\n'; }, ' ');
    return reply;
}

}  // namespace server
