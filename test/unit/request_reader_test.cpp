#include "resp/request_reader.hpp"

#include <gtest/gtest.h>

using core::Bytes;
using resp::RequestReader;
using Outcome = resp::RequestReader::Outcome;
using Request = std::vector<std::string>;

namespace {

// Receives input in parts, and keeps what was read as it was then.
class Client {
public:
    void receive(Bytes bytes) {
        // Another place each time, so that a view into the old one would be found.
        input_ = std::make_unique<std::string>(*input_ + std::string(bytes));
        Outcome outcome;
        std::vector<std::vector<Bytes>> turn(1);
        while ((outcome = reader.next(*input_, turn.back())) == Outcome::request)
            turn.emplace_back();
        turn.pop_back();
        size_t done = reader.consume();
        for (const auto& arguments : turn)
            requests.emplace_back(arguments.begin(), arguments.end());
        input_ = std::make_unique<std::string>(input_->substr(done));
    }

    void receive_in_parts(Bytes bytes, size_t size) {
        for (size_t at = 0; at < bytes.size(); at += size)
            receive(bytes.substr(at, size));
    }

    Bytes left() const { return *input_; }

    RequestReader reader;
    std::vector<Request> requests;

private:
    std::unique_ptr<std::string> input_ = std::make_unique<std::string>();
};

template <size_t size>
std::string with_nul(const char (&text)[size]) {
    return {text, size - 1};
}

std::string error_of(Bytes input, bool authenticated = true) {
    Client client;
    client.reader.set_authenticated(authenticated);
    client.receive(input);
    Client bytewise;
    bytewise.reader.set_authenticated(authenticated);
    bytewise.receive_in_parts(input, input.size() > 1000 ? 1000 : 1);
    EXPECT_EQ(client.reader.error(), bytewise.reader.error());
    std::string error = client.reader.error();
    std::string prefix = "ERR Protocol error: ";
    if (!error.starts_with(prefix))
        return error;
    return error.substr(prefix.size());
}

std::vector<Request> requests_of(Bytes input) {
    Client client;
    client.receive(input);
    EXPECT_EQ(client.reader.error(), "") << input;
    EXPECT_EQ(client.left(), "") << input;
    return client.requests;
}

Request words_of(const std::string& line) {
    auto requests = requests_of(line + "\r\n");
    return requests.size() == 1 ? requests.front() : Request{"not one request"};
}

std::string multibulk(const Request& arguments) {
    std::string text = "*" + std::to_string(arguments.size()) + "\r\n";
    for (const std::string& argument : arguments)
        text += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
    return text;
}

const std::string ping = "*1\r\n$4\r\nPING\r\n";

}  // namespace

TEST(RequestReader, ReadsPipelinesHoweverTheyAreSplit) {
    std::vector<Request> requests = {{"GET", "key"},
                                     {"PING"},
                                     {"SET", "", with_nul("\0\r\n*1\r\n"), "x"},
                                     {"SET", "k", std::string(300, 'v')},
                                     {"set", "a b", "c\n'"},
                                     {"PING", "hi"},
                                     {"DEL", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}};
    std::string input = multibulk(requests[0]) + "\r\n*0\r\n" + multibulk(requests[1]) +
                        multibulk(requests[2]) + "*-1\r\n" + multibulk(requests[3]) +
                        "set \"a b\" 'c'\n";
    requests[4] = {"set", "a b", "c"};
    input += " PING  hi \r\n" + multibulk(requests[6]);

    for (size_t first = 0; first <= input.size(); first++) {
        Client client;
        client.receive(Bytes(input).substr(0, first));
        client.receive(Bytes(input).substr(first));
        ASSERT_EQ(client.requests, requests) << first;
        ASSERT_EQ(client.left(), "");
    }
    for (size_t size = 1; size < 40; size++) {
        Client client;
        client.receive_in_parts(input, size);
        ASSERT_EQ(client.requests, requests) << size;
        ASSERT_EQ(client.left(), "");
    }
}

TEST(RequestReader, GivesViewsThatStayUntilTheInputMoves) {
    RequestReader reader;
    std::string input = "SET 'a' \"b\"\r\nGET \"c\"\r\n";
    std::vector<Bytes> first, second, third;
    ASSERT_EQ(reader.next(input, first), Outcome::request);
    ASSERT_EQ(reader.next(input, second), Outcome::request);
    ASSERT_EQ(reader.next(input, third), Outcome::incomplete);
    EXPECT_EQ(reader.consume(), input.size());
    EXPECT_EQ(first, (std::vector<Bytes>{"SET", "a", "b"}));
    EXPECT_EQ(second, (std::vector<Bytes>{"GET", "c"}));
    EXPECT_EQ(reader.consume(), 0u);
}

TEST(RequestReader, KeepsWhatItHasNotGiven) {
    RequestReader reader;
    std::string input = ping + "*2\r\n$3\r\nGET\r\n$3\r\nke";
    std::vector<Bytes> arguments;
    ASSERT_EQ(reader.next(input, arguments), Outcome::request);
    EXPECT_FALSE(reader.is_within_request());
    ASSERT_EQ(reader.next(input, arguments), Outcome::incomplete);
    EXPECT_TRUE(reader.is_within_request());
    EXPECT_EQ(reader.consume(), ping.size());
    input = input.substr(ping.size()) + "y\r\n";
    ASSERT_EQ(reader.next(input, arguments), Outcome::request);
    EXPECT_EQ(arguments, (std::vector<Bytes>{"GET", "key"}));
    EXPECT_EQ(reader.consume(), input.size());
}

TEST(RequestReader, ReadsAMillionArgumentsInSmallParts) {
    RequestReader reader;
    std::string input = multibulk(Request(1'000'000, "ab"));
    std::vector<Bytes> arguments;
    for (size_t size = 0; size < input.size(); size += 100) {
        ASSERT_EQ(reader.next(Bytes(input).substr(0, size), arguments), Outcome::incomplete);
        ASSERT_EQ(reader.consume(), 0u);
    }
    ASSERT_EQ(reader.next(input, arguments), Outcome::request);
    EXPECT_EQ(arguments.size(), 1'000'000u);
    EXPECT_EQ(arguments.back(), "ab");
    EXPECT_EQ(reader.consume(), input.size());
}

TEST(RequestReader, AnnouncedLengthsTakeNoMemory) {
    RequestReader reader;
    std::vector<Bytes> arguments;
    std::string input = "*2147483647\r\n$536870912\r\nabc";
    EXPECT_EQ(reader.next(input, arguments), Outcome::incomplete);
    EXPECT_LT(arguments.capacity(), 100u);
    EXPECT_EQ(reader.error(), "");
}

TEST(RequestReader, RefusesBadNumbersOfArguments) {
    for (const char* length : {"", "abc", " 1", "+1", "01", "-0", "1x", "2147483648", "--1", "1 ",
                               "-9223372036854775809", "9223372036854775808", "1\n"})
        EXPECT_EQ(error_of("*" + std::string(length) + "\r\n" + ping), "invalid multibulk length")
            << length;
    for (const char* length : {"0", "-1", "-5", "-2147483649", "-9223372036854775808"})
        EXPECT_EQ(requests_of("*" + std::string(length) + "\r\n" + ping),
                  (std::vector<Request>{{"PING"}}))
            << length;
    EXPECT_EQ(error_of("*2147483647\r\n"), "");
}

TEST(RequestReader, RefusesBadLengthsOfArguments) {
    for (const char* length : {"", "abc", " 4", "+4", "04", "-0", "-1", "4x", "536870913",
                               "9223372036854775808", "99999999999999999999"})
        EXPECT_EQ(error_of("*1\r\n$" + std::string(length) + "\r\nPING\r\n"), "invalid bulk length")
            << length;
    EXPECT_EQ(error_of("*1\r\n$536870912\r\n"), "");
    EXPECT_EQ(requests_of("*1\r\n$0\r\n\r\n"), (std::vector<Request>{{""}}));

    Client client;
    client.reader.set_bulk_limit(3);
    client.receive("*2\r\n$3\r\nGET\r\n$4\r\n");
    EXPECT_EQ(client.reader.error(), "ERR Protocol error: invalid bulk length");
}

TEST(RequestReader, TellsWhatStandsInTheDollarsPlace) {
    EXPECT_EQ(error_of("*1\r\nx4\r\nPING\r\n"), "expected '$', got 'x'");
    EXPECT_EQ(error_of("*1\r\n'\r\n"), "expected '$', got '''");
    EXPECT_EQ(error_of("*1\r\n\xff\r\n"), "expected '$', got '\xff'");
    EXPECT_EQ(error_of("*1\r\n\r\n"), "expected '$', got '\r'");
    EXPECT_EQ(error_of("*1\r\nx"), "");
}

TEST(RequestReader, DoesNotLookWhatEndsALine) {
    EXPECT_EQ(requests_of("*1\rX$4\rYPINGzz" + ping), (std::vector<Request>{{"PING"}, {"PING"}}));
}

TEST(RequestReader, RefusesLongLines) {
    std::string ones(65'535, '1');
    EXPECT_EQ(error_of("*" + ones), "");
    EXPECT_EQ(error_of("*" + ones + "1"), "too big mbulk count string");
    EXPECT_EQ(error_of("*1\r\n$" + ones), "");
    EXPECT_EQ(error_of("*1\r\n$" + ones + "1"), "too big bulk count string");
    EXPECT_EQ(error_of("*1\r\nx" + ones + "1"), "too big bulk count string");
    EXPECT_EQ(error_of("1" + ones), "");
    EXPECT_EQ(error_of("11" + ones), "too big inline request");
    EXPECT_EQ(words_of(ones), Request{ones});
    EXPECT_EQ(error_of("11" + ones + "\r\n"), "too big inline request");
}

TEST(RequestReader, FindsNoEndOfALineBehindANul) {
    for (const std::string& line : {with_nul("PING \0a\r\n"), with_nul("*1\0\r\n")}) {
        Client client;
        client.receive(line + ping);
        client.receive(ping);
        EXPECT_TRUE(client.requests.empty());
        EXPECT_EQ(client.reader.error(), "");
        EXPECT_EQ(client.left(), line + ping + ping);
    }
    EXPECT_EQ(error_of(with_nul("PING \0a\r\n") + std::string(65'536, 'a')),
              "too big inline request");
}

TEST(RequestReader, HoldsTheUnauthenticatedToLess) {
    EXPECT_EQ(error_of("*10\r\n", false), "");
    EXPECT_EQ(error_of("*11\r\n", false), "unauthenticated multibulk length");
    EXPECT_EQ(error_of("*1\r\n$16384\r\n", false), "");
    EXPECT_EQ(error_of("*1\r\n$16385\r\n", false), "unauthenticated bulk length");
    EXPECT_EQ(error_of("*2147483648\r\n", false), "invalid multibulk length");
    EXPECT_EQ(error_of("*1\r\n$536870913\r\n", false), "invalid bulk length");
    EXPECT_EQ(error_of("PING a b c d e f g h i j k l\r\n", false), "");
    EXPECT_EQ(error_of("*11\r\n", true), "");
}

TEST(RequestReader, GivesWhatCameBeforeAnError) {
    Client client;
    client.receive(ping + "*1\r\n$x\r\n" + ping);
    EXPECT_EQ(client.requests, (std::vector<Request>{{"PING"}}));
    EXPECT_EQ(client.reader.error(), "ERR Protocol error: invalid bulk length");
    client.receive(ping);
    EXPECT_EQ(client.requests.size(), 1u);
}

TEST(RequestReader, MeetsAnErrorAgainAfterARewind) {
    const std::string input = "*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n";
    RequestReader reader;
    std::vector<Bytes> arguments;
    for (int reading = 0; reading < 2; reading++) {
        EXPECT_EQ(reader.next(input, arguments), Outcome::request);
        EXPECT_EQ(arguments, std::vector<Bytes>{"PING"});
        EXPECT_EQ(reader.next(input, arguments), Outcome::error);
        reader.rewind();
        EXPECT_EQ(reader.error(), "");
    }
}

TEST(RequestReader, SplitsInlineCommands) {
    EXPECT_EQ(words_of("PING"), Request{"PING"});
    EXPECT_EQ(words_of(" \t\v\fSET  a\tb "), (Request{"SET", "a", "b"}));
    EXPECT_EQ(words_of("PING\vhi"), Request{"PING\vhi"});
    EXPECT_EQ(words_of("PING hi\r"), (Request{"PING", "hi"}));
    EXPECT_EQ(requests_of("PING\rX\nPING\n"), (std::vector<Request>{{"PING", "X"}, {"PING"}}));
    EXPECT_EQ(requests_of("\r\n\n   \r\n"), std::vector<Request>());
    EXPECT_EQ(words_of("+1"), Request{"+1"});
}

TEST(RequestReader, UnquotesWords) {
    EXPECT_EQ(words_of(R"(PING "a b")"), (Request{"PING", "a b"}));
    EXPECT_EQ(words_of(R"(PING "a\x41\n\q\"")"), (Request{"PING", "aA\nq\""}));
    EXPECT_EQ(words_of(R"(PING "\a\b\t\r\0")"), (Request{"PING", "\a\b\t\r0"}));
    EXPECT_EQ(words_of(R"(PING "\xfF\x4\xZZ")"), (Request{"PING", "\xffx4xZZ"}));
    EXPECT_EQ(words_of(R"(PING 'a\'b\n')"), (Request{"PING", "a'b\\n"}));
    EXPECT_EQ(words_of(R"(PING "" '')"), (Request{"PING", "", ""}));
    EXPECT_EQ(words_of(R"(PING a"b c" a'd')"), (Request{"PING", "ab c", "ad"}));
    EXPECT_EQ(words_of("PING \"a\"\vb"), (Request{"PING", "a", "b"}));
}

TEST(RequestReader, RefusesUnbalancedQuotes) {
    for (const char* line : {R"(")", R"(PING "a)", R"(PING 'a)", R"(PING "a"b)", R"(PING 'a'b)",
                             R"(PING a"b"c)", R"(PING "a\)", R"(PING '\\')", R"(PING "a""b")"})
        EXPECT_EQ(error_of(std::string(line) + "\r\n"), "unbalanced quotes in request") << line;
}
