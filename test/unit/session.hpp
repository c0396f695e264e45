// A client of the commands, for tests: EXPECT_EQ(run("SET k v EX 10"), "+OK\r\n").
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command/command.hpp"
#include "memory_store.hpp"
#include "resp/writer.hpp"

namespace unit {

class Session : public testing::Test {
protected:
    // Words are separated by spaces; '' and "" enclose what has spaces or nothing.
    std::string run(Bytes line);
    std::string run(std::initializer_list<Bytes> arguments);
    std::string run(std::span<const Bytes> arguments);

    // Replies as the protocol writes them.
    static std::string error(Bytes text);
    static std::string bulk(Bytes value);
    static std::string integer(int64_t value);
    static std::string strings(const std::vector<std::string>& values);

    MemoryStore store;
    command::Door* door = nullptr;  // set: commands come over the protocol, from its client
    int database = 0;
    resp::Protocol protocol = resp::Protocol::resp2;
};

inline const std::string ok = "+OK\r\n";
inline const std::string null = "$-1\r\n";
inline const std::string wrong_type =
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
inline const std::string not_an_integer = "-ERR value is not an integer or out of range\r\n";
inline const std::string syntax_error = "-ERR syntax error\r\n";

}  // namespace unit
