// The limit on strings, without a store that holds such strings.
#include <stdexcept>

#include <gtest/gtest.h>

#include "command/command.hpp"
#include "command/resp_reply.hpp"
#include "stub_store.hpp"

namespace unit {

namespace {

class ClaimedString final : public store::ValueSource {
public:
    size_t size() override { return core::max_string_size; }
    Bytes load() override { throw std::logic_error("the string was loaded"); }
    Bytes slice(size_t, size_t) override { throw std::logic_error("the string was loaded"); }
};

// Every key but "missing" has a string of the greatest size.
class LongStringStore final : public StubStore {
public:
    Status modify(const Place& place, FunctionRef<Status(Entry&)> change) override {
        Entry entry;
        if (place.key != "missing") {
            entry.exists = true;
            entry.type = store::Type::string;
            entry.source = &value_;
        }
        RETURN_IF_ERROR(change(entry));
        written = entry.put_value.size();
        return {};
    }

    size_t written = 0;

private:
    ClaimedString value_;
};

class StringLimit : public testing::Test {
protected:
    std::string run(std::initializer_list<Bytes> arguments) {
        std::string output;
        command::RespReply reply(output, resp::Protocol::resp2);
        std::span<const Bytes> words(arguments.begin(), arguments.size());
        const command::Command& command = *command::find(*arguments.begin());
        command::Call call{command, words, 0, store, reply};
        Status status = command.handler(call);
        return status.ok() ? output : status.error().reply();
    }

    LongStringStore store;
    const std::string too_long = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
};

}  // namespace

TEST_F(StringLimit, IsKeptByAppend) {
    EXPECT_EQ(run({"append", "k", "x"}), too_long);
}

TEST_F(StringLimit, IsKeptBySetrange) {
    EXPECT_EQ(run({"setrange", "k", "536870912", "x"}), too_long);
    EXPECT_EQ(run({"setrange", "k", "536870911", "xy"}), too_long);
    EXPECT_EQ(run({"setrange", "missing", "536870912", "x"}), too_long);
    EXPECT_EQ(run({"setrange", "missing", "9223372036854775807", "x"}), too_long);
    EXPECT_EQ(run({"setrange", "k", "9223372036854775807", ""}), ":536870912\r\n");
}

TEST_F(StringLimit, CanBeReached) {
    EXPECT_EQ(run({"setrange", "missing", "536870911", "x"}), ":536870912\r\n");
    EXPECT_EQ(store.written, core::max_string_size);
}

}  // namespace unit
