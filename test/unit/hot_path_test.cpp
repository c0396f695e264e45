// GET, SET and INCR, which come by the million, allocate nothing.
#include <gtest/gtest.h>

#include "command/command.hpp"
#include "stub_store.hpp"

// Of AddressSanitizer; g++ comes without its header.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {

using command::Bytes;
using core::FunctionRef;
using core::Status;
using store::Entry;
using store::Place;

int allocations = 0;

void count_allocation(const volatile void*, size_t) {
    allocations++;
}

void ignore_release(const volatile void*) {}

// Has one key, and room for a short value.
class OneKeyStore final : public unit::StubStore {
public:
    bool read(const Place&, Entry& entry) override {
        entry.exists = true;
        entry.type = store::Type::string;
        entry.inline_value = Bytes(value_, size_);
        return true;
    }
    Status modify(const Place& place, FunctionRef<Status(Entry&)> change) override {
        Entry entry;
        read(place, entry);
        RETURN_IF_ERROR(change(entry));
        size_ = entry.put_value.copy(value_, sizeof(value_));
        return {};
    }

private:
    char value_[64] = {};
    size_t size_ = 0;
};

class LastReply final : public command::Reply {
public:
    void status(const char* value) override { text_size = Bytes(value).copy(text, sizeof(text)); }
    void integer(int64_t value) override { number = value; }
    void bulk(Bytes value) override { text_size = value.copy(text, sizeof(text)); }
    void null() override {}
    void null_array() override {}
    void real(double) override {}
    void begin_array() override {}
    void end_array() override {}
    void begin_map() override {}
    void end_map() override {}
    void begin_set() override {}
    void end_set() override {}
    void begin_pair() override {}
    void end_pair() override {}

    char text[64] = {};
    size_t text_size = 0;
    int64_t number = 0;
};

}  // namespace

TEST(HotPath, AllocatesNothing) {
    ASSERT_TRUE(__sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_release));
    OneKeyStore store;
    LastReply reply;
    auto run = [&](auto... words) {
        const Bytes arguments[] = {words...};
        int before = allocations;
        auto command = command::resolve(arguments);
        command::Call call{**command, arguments, 0, store, reply};
        EXPECT_TRUE((*command)->handler(call).ok());
        return allocations - before;
    };
    auto text = [&] {
        return Bytes(reply.text, reply.text_size);
    };

    EXPECT_EQ(run("SET", "key", "9223372036854775000"), 0);
    EXPECT_EQ(text(), "OK");
    EXPECT_EQ(run("INCR", "key"), 0);
    EXPECT_EQ(reply.number, 9223372036854775001);
    EXPECT_EQ(run("GET", "key"), 0);
    EXPECT_EQ(text(), "9223372036854775001");

    std::string long_text(100, 'x');
    EXPECT_GT(run("APPEND", "key", Bytes(long_text)), 0);  // so the count works
}
