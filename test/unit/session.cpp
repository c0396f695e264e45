#include "session.hpp"

#include <algorithm>

#include "command/gate.hpp"
#include "command/resp_reply.hpp"

namespace unit {

namespace {

std::vector<Bytes> split(Bytes line) {
    std::vector<Bytes> words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        if (line.empty())
            return words;
        char separator = line.front();
        if (separator == '\'' || separator == '"')
            line.remove_prefix(1);
        else
            separator = ' ';
        size_t end = std::min(line.find(separator), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
}

}  // namespace

std::string Session::run(Bytes line) {
    return run(std::span<const Bytes>(split(line)));
}

std::string Session::run(std::initializer_list<Bytes> arguments) {
    return run(std::span<const Bytes>(arguments.begin(), arguments.size()));
}

std::string Session::run(std::span<const Bytes> arguments) {
    auto command = door ? command::admit(door->client, arguments) : command::resolve(arguments);
    if (!command)
        return error(std::move(command).status().error().reply());

    std::string output;
    command::RespReply reply(output, door ? resp::Protocol(door->client.protocol) : protocol);
    int number = door ? door->client.database : database;
    command::Call call{**command, arguments, number, store, reply, door};
    auto databases_before = store.databases;
    uint64_t writes_before = store.elements.writes;
    Status status = (*command)->handler(call);
    bool unchanged = store.databases == databases_before && store.elements.writes == writes_before;
    if (!(*command)->writes()) {
        EXPECT_TRUE(unchanged) << arguments[0] << " is marked as reading, but wrote";
    }
    if (status.ok())
        return output;
    EXPECT_TRUE(unchanged) << arguments[0] << " failed, but wrote";
    EXPECT_EQ(output, "") << arguments[0] << " failed, but answered";
    return error(status.error().reply());
}

std::string Session::error(Bytes text) {
    std::string output;
    resp::Writer(output).error(text);
    return output;
}

std::string Session::bulk(Bytes value) {
    std::string output;
    resp::Writer(output).bulk(value);
    return output;
}

std::string Session::integer(int64_t value) {
    std::string output;
    resp::Writer(output).integer(value);
    return output;
}

std::string Session::strings(const std::vector<std::string>& values) {
    std::string output;
    resp::Writer writer(output);
    writer.begin_array();
    for (const std::string& value : values)
        writer.bulk(value);
    writer.end_array();
    return output;
}

}  // namespace unit
