#include "resp/writer.hpp"

#include <limits>

#include <gtest/gtest.h>

using core::Bytes;
using resp::Protocol;
using resp::Writer;

namespace {

class WriterTest : public testing::TestWithParam<Protocol> {
protected:
    bool resp3() const { return GetParam() == Protocol::resp3; }

    std::string output;
    Writer writer{output, GetParam()};
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Protocols, WriterTest, testing::Values(Protocol::resp2, Protocol::resp3),
                         [](const auto& info) {
                             return info.param == Protocol::resp2 ? "Resp2" : "Resp3";
                         });

TEST_P(WriterTest, WritesScalars) {
    writer.status("OK");
    writer.integer(0);
    writer.integer(std::numeric_limits<int64_t>::min());
    writer.bulk("value");
    writer.bulk("");
    writer.bulk(Bytes("a\0\r\n", 4));
    EXPECT_EQ(output,
              std::string("+OK\r\n:0\r\n:-9223372036854775808\r\n$5\r\nvalue\r\n$0\r\n\r\n") +
                  std::string("$4\r\na\0\r\n\r\n", 10));
}

TEST_P(WriterTest, WritesErrorsInOneLine) {
    output = "+a\r\n";
    writer.error("ERR syntax error");
    writer.error("ERR unknown command 'a\r\nb'");
    EXPECT_EQ(output, "+a\r\n-ERR syntax error\r\n-ERR unknown command 'a  b'\r\n");
}

TEST_P(WriterTest, WritesNulls) {
    writer.null();
    writer.null_array();
    EXPECT_EQ(output, resp3() ? "_\r\n_\r\n" : "$-1\r\n*-1\r\n");
}

TEST_P(WriterTest, CountsElementsOfNestedArrays) {
    writer.begin_array();
    writer.begin_array();
    writer.end_array();
    writer.begin_array();
    writer.null_array();
    writer.null();
    writer.end_array();
    writer.error("ERR");
    writer.bulk("");
    writer.status("OK");
    writer.end_array();
    writer.integer(2);
    std::string nulls = resp3() ? "_\r\n_\r\n" : "*-1\r\n$-1\r\n";
    EXPECT_EQ(output, "*5\r\n*0\r\n*2\r\n" + nulls + "-ERR\r\n$0\r\n\r\n+OK\r\n:2\r\n");
}

TEST_P(WriterTest, MakesRoomForLongLengths) {
    output = "before";
    writer.begin_array();
    std::string elements;
    for (int i = 0; i < 12; i++) {
        writer.begin_array();
        elements += "*10\r\n";
        for (int j = 0; j < 10; j++) {
            writer.integer(j);
            elements += ":" + std::to_string(j) + "\r\n";
        }
        writer.end_array();
    }
    writer.end_array();
    writer.status("OK");
    EXPECT_EQ(output, "before*12\r\n" + elements + "+OK\r\n");
}

TEST_P(WriterTest, WritesMaps) {
    writer.begin_array();
    writer.begin_map();
    writer.bulk("len");
    writer.integer(6);
    writer.bulk("matches");
    writer.begin_array();
    writer.end_array();
    writer.end_map();
    writer.end_array();
    std::string header = resp3() ? "%2\r\n" : "*4\r\n";
    EXPECT_EQ(output, "*1\r\n" + header + "$3\r\nlen\r\n:6\r\n$7\r\nmatches\r\n*0\r\n");
}

TEST_P(WriterTest, WritesReals) {
    for (double value : {3.14, 10.0, -0.1, 1e300, std::numeric_limits<double>::infinity(),
                         -std::numeric_limits<double>::infinity()})
        writer.real(value);
    EXPECT_EQ(output, resp3() ? ",3.14\r\n,10\r\n,-0.1\r\n,1e+300\r\n,inf\r\n,-inf\r\n"
                              : "$4\r\n3.14\r\n$2\r\n10\r\n$4\r\n-0.1\r\n$6\r\n1e+300\r\n"
                                "$3\r\ninf\r\n$4\r\n-inf\r\n");
}

TEST_P(WriterTest, WritesWhatOnlyProtocol3Has) {
    writer.begin_array();
    writer.boolean(true);
    writer.boolean(false);
    writer.big_number("1234567999999999999999999999999999999");
    writer.verbatim("a\r\nb");
    writer.verbatim("");
    writer.end_array();
    EXPECT_EQ(output, resp3() ? "*5\r\n#t\r\n#f\r\n(1234567999999999999999999999999999999\r\n"
                                "=8\r\ntxt:a\r\nb\r\n=4\r\ntxt:\r\n"
                              : "*5\r\n:1\r\n:0\r\n$37\r\n1234567999999999999999999999999999999\r\n"
                                "$4\r\na\r\nb\r\n$0\r\n\r\n");
}

TEST_P(WriterTest, WritesSetsAndMessages) {
    writer.begin_set();
    writer.bulk("a");
    writer.end_set();
    writer.begin_push();
    writer.bulk("message");
    writer.begin_set();
    writer.end_set();
    writer.end_push();
    EXPECT_EQ(output, resp3() ? "~1\r\n$1\r\na\r\n>2\r\n$7\r\nmessage\r\n~0\r\n"
                              : "*1\r\n$1\r\na\r\n*2\r\n$7\r\nmessage\r\n*0\r\n");
}

TEST_P(WriterTest, LongNestedRepliesHaveTheirHeadersInPlace) {
    std::string expected = "*1000\r\n";
    writer.begin_array();
    for (int i = 0; i < 1000; i++) {
        writer.begin_array();
        expected += "*100\r\n";
        for (int j = 0; j < 100; j++) {
            writer.bulk("x");
            expected += "$1\r\nx\r\n";
        }
        writer.end_array();
    }
    writer.end_array();
    EXPECT_TRUE(output == expected);
}

TEST(Writer, ChangesItsProtocol) {
    std::string output;
    Writer writer(output);
    writer.null();
    writer.set_protocol(Protocol::resp3);
    writer.null();
    EXPECT_EQ(output, "$-1\r\n_\r\n");
}
