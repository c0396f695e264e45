// The rows of commands.def.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "command/function.hpp"
#include "command/signature.hpp"
#include "core/text.hpp"
#include "fake_door.hpp"

using command::Command;
using command::Function;
using command::Kind;
using core::Bytes;

namespace {

// As few arguments as the command takes, all of them "1".
std::vector<Bytes> fewest_arguments(const Command& command) {
    std::vector<Bytes> arguments(static_cast<size_t>(std::abs(command.arity)), "1");
    Bytes name = command.name;
    size_t bar = name.find('|');
    arguments[0] = name.substr(0, bar);
    if (bar != Bytes::npos)
        arguments[1] = name.substr(bar + 1);
    return arguments;
}

// How many arguments a SQL function gives its command at least.
int least_arguments(const Function& function) {
    bool subcommand = Bytes(command::get(function.command).name).find('|') != Bytes::npos;
    int arguments = subcommand ? 2 : 1;
    for (const auto& parameter : command::parse_signature(function.signature).parameters) {
        if (parameter.optional)
            continue;
        bool has_token = !parameter.token.empty() && parameter.kind != Kind::token;
        bool is_two = parameter.kind == Kind::pair || parameter.kind == Kind::scored ||
                      parameter.kind == Kind::keys;
        arguments += 1 + has_token + is_two;
    }
    return arguments;
}

// Counts the replies that are not within another.
class CountingReply final : public command::Reply {
public:
    void status(const char*) override { count(); }
    void integer(int64_t) override { count(); }
    void bulk(Bytes) override { count(); }
    void null() override { count(); }
    void null_array() override { count(); }
    void real(double) override { count(); }
    void begin_array() override { depth++; }
    void end_array() override { depth--, count(); }
    void begin_map() override { depth++; }
    void end_map() override { depth--, count(); }
    void begin_set() override { depth++; }
    void end_set() override { depth--, count(); }
    void begin_pair() override { depth++; }
    void end_pair() override { depth--, count(); }

    int depth = 0;
    int replies = 0;

private:
    void count() { replies += depth == 0; }
};

}  // namespace

TEST(CommandTable, IsInTheOrderOfIds) {
    for (const Command& row : command::all())
        EXPECT_EQ(&command::get(row.id), &row) << row.name;
}

TEST(CommandTable, FindsEveryRowByName) {
    for (const Command& row : command::all()) {
        EXPECT_EQ(command::find(row.name), &row);
        EXPECT_EQ(command::find(core::to_upper(row.name)), &row);
    }
    EXPECT_EQ(command::find("nosuch"), nullptr);
    EXPECT_EQ(command::find(""), nullptr);
    EXPECT_EQ(command::find("zzz"), nullptr);
}

TEST(CommandTable, HasSoundRows) {
    for (const Command& row : command::all()) {
        Bytes name = row.name;
        EXPECT_EQ(name, core::to_lower(name));
        EXPECT_NE(Bytes(row.since), "") << name;
        int fewest = std::abs(row.arity);
        EXPECT_LT(row.keys.first, row.arity > 0 || row.keys.first == 0 ? fewest : fewest + 1)
            << name;
        if (row.keys.last > 0) {
            EXPECT_LE(row.keys.first, row.keys.last) << name;
        }
        if (!row.handler) {
            EXPECT_EQ(name.find('|'), Bytes::npos) << name;
            continue;
        }
        EXPECT_NE(Bytes(row.complexity), "") << name;
        Bytes summary = row.summary;
        EXPECT_TRUE(summary.ends_with('.') || summary.ends_with(".)")) << name;
        if (size_t bar = name.find('|'); bar != Bytes::npos) {
            const Command* container = command::find(name.substr(0, bar));
            ASSERT_NE(container, nullptr) << name;
            // COMMAND alone is a command as well.
            EXPECT_EQ(container->handler == nullptr, container->id != command::Id::command) << name;
        }
    }
}

TEST(CommandTable, ResolvesEveryHandler) {
    for (const Command& row : command::all()) {
        if (!row.handler)
            continue;
        auto arguments = fewest_arguments(row);
        auto resolved = command::resolve(arguments);
        ASSERT_TRUE(resolved.ok()) << row.name;
        EXPECT_EQ(*resolved, &row);
        if (arguments.size() < 2)
            continue;
        arguments.pop_back();
        auto with_fewer = command::resolve(arguments);
        EXPECT_TRUE(!with_fewer || *with_fewer != &row) << row.name;
    }
}

TEST(CommandTable, HasHandlersThatAnswerOnceOrFail) {
    for (const Command& row : command::all()) {
        if (!row.handler)
            continue;
        unit::MemoryStore store;
        unit::FakeDoor fake;
        CountingReply reply;
        auto arguments = fewest_arguments(row);
        command::Call call{row, arguments, 0, store, reply, &fake.door};
        core::Status status = row.handler(call);
        bool answers = status.ok() && !fake.door.client.wait;
        EXPECT_EQ(reply.replies, answers ? 1 : 0) << row.name;
        EXPECT_EQ(reply.depth, 0) << row.name;
    }
}

TEST(FunctionTable, NamesFunctionsAfterCommands) {
    for (const Command& row : command::all()) {
        std::string name = row.name;
        for (char mark : {'|', '-', '.'})
            std::replace(name.begin(), name.end(), mark, '_');
        EXPECT_EQ(command::main_function(row).name, name);
        EXPECT_EQ(command::main_function(row).command, row.id);
    }
}

TEST(FunctionTable, HasUniqueNames) {
    std::set<Bytes> names;
    for (const Function& function : command::functions())
        EXPECT_TRUE(names.insert(function.name).second) << function.name;
}

TEST(FunctionTable, HasAFunctionForEveryHandler) {
    std::set<Bytes> served;
    for (const Function& function : command::functions())
        if (function.result != command::ResultKind::none)
            served.insert(command::get(function.command).name);
    for (const Command& row : command::all()) {
        bool has_function =
            row.handler && (row.flags & (command::CONNECTION | command::HELPER)) == 0;
        EXPECT_EQ(served.count(row.name), has_function ? 1U : 0U) << row.name;
    }
}

TEST(FunctionTable, HasSoundSignatures) {
    for (const Function& function : command::functions()) {
        std::set<Bytes> names;
        for (const auto& parameter : command::parse_signature(function.signature).parameters) {
            if (parameter.kind == Kind::token)
                continue;
            EXPECT_TRUE(names.insert(parameter.name).second)
                << function.name << ": " << parameter.name;
            EXPECT_EQ(parameter.kind == Kind::flag && parameter.token.empty(), false)
                << function.name << ": " << parameter.name;
            EXPECT_EQ(parameter.token, core::to_upper(parameter.token)) << function.name;
        }
    }
}

TEST(FunctionTable, HasSignaturesThatFitTheArity) {
    for (const Function& function : command::functions()) {
        if (function.result == command::ResultKind::none)
            continue;
        int arity = command::get(function.command).arity;
        int least = least_arguments(function);
        if (arity > 0) {
            EXPECT_EQ(least, arity) << function.name;
        } else {
            EXPECT_GE(least, -arity) << function.name;
        }
    }
}

using Resolve = unit::Session;

TEST_F(Resolve, QuotesUnknownCommands) {
    EXPECT_EQ(run("NoSuch a b"),
              "-ERR unknown command 'NoSuch', with args beginning with: 'a' 'b' \r\n");
    EXPECT_EQ(run("object|help"),
              "-ERR unknown command 'object|help', with args beginning with: \r\n");
    EXPECT_EQ(run({"a\r\nb"}), "-ERR unknown command 'a  b', with args beginning with: \r\n");
}

TEST_F(Resolve, QuotesNoMoreThanRedis) {
    std::string name(200, 'x');
    std::string quoted(128, 'x');
    EXPECT_EQ(run({name, "y"}),
              "-ERR unknown command '" + quoted + "', with args beginning with: 'y' \r\n");
    EXPECT_EQ(run({"z", name, "y"}),
              "-ERR unknown command 'z', with args beginning with: '" + quoted + "' \r\n");
}

TEST_F(Resolve, QuotesNothingPastTheLimit) {
    std::string quoted(125, 'x');  // with quotes and space 128 bytes
    EXPECT_EQ(run({"z", quoted, "y"}),
              "-ERR unknown command 'z', with args beginning with: '" + quoted + "' \r\n");
}

TEST_F(Resolve, QuotesUpToNul) {
    EXPECT_EQ(run({Bytes("a\0b", 3), Bytes("c\0d", 3), "e"}),
              "-ERR unknown command 'a', with args beginning with: 'c' 'e' \r\n");
    EXPECT_EQ(run({"object", Bytes("a\0b", 3)}),
              "-ERR unknown subcommand 'a'. Try OBJECT HELP.\r\n");
    EXPECT_EQ(run({"expire", "k", "1", Bytes("a\0b", 3)}), "-ERR Unsupported option a\r\n");
}

TEST_F(Resolve, ChecksTheArity) {
    EXPECT_EQ(run("get"), "-ERR wrong number of arguments for 'get' command\r\n");
    EXPECT_EQ(run("GET a b"), "-ERR wrong number of arguments for 'get' command\r\n");
    EXPECT_EQ(run("del"), "-ERR wrong number of arguments for 'del' command\r\n");
    EXPECT_EQ(run("object"), "-ERR wrong number of arguments for 'object' command\r\n");
    EXPECT_EQ(run("object encoding"),
              "-ERR wrong number of arguments for 'object|encoding' command\r\n");
    EXPECT_EQ(run("object foo bar"), "-ERR unknown subcommand 'foo'. Try OBJECT HELP.\r\n");
}
