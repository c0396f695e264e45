// Parts of strings, and what two strings have in common.
#include "session.hpp"

namespace unit {

class Ranges : public Session {
protected:
    void SetUp() override {
        store.databases[0]["list"] = {store::Type::list, store::Encoding::plain, "", store::never,
                                      0};
    }
};

TEST_F(Ranges, Append) {
    EXPECT_EQ(run("APPEND k Hello"), integer(5));
    EXPECT_EQ(run("APPEND k ' World'"), integer(11));
    EXPECT_EQ(run("GET k"), bulk("Hello World"));
    EXPECT_EQ(run("APPEND k ''"), integer(11));
    EXPECT_EQ(run("APPEND empty ''"), integer(0));
    EXPECT_EQ(run("GET empty"), bulk(""));
    EXPECT_EQ(run("APPEND list x"), wrong_type);
}

TEST_F(Ranges, AppendKeepsTheExpiry) {
    run("SET k v EX 10");
    run("APPEND k w");
    EXPECT_EQ(run("TTL k"), integer(10));
    store.clock += 10001;
    EXPECT_EQ(run("APPEND k x"), integer(1));
    EXPECT_EQ(run("TTL k"), integer(-1));
}

TEST_F(Ranges, Setrange) {
    run("SET k 'Hello World' EX 10");
    EXPECT_EQ(run("SETRANGE k 6 Redis"), integer(11));
    EXPECT_EQ(run("GET k"), bulk("Hello Redis"));
    EXPECT_EQ(run("SETRANGE k 9 sters"), integer(14));
    EXPECT_EQ(run("GET k"), bulk("Hello Redsters"));
    EXPECT_EQ(run("TTL k"), integer(10));
    EXPECT_EQ(run("SETRANGE k 0 J"), integer(14));
    EXPECT_EQ(run("GET k"), bulk("Jello Redsters"));
    EXPECT_EQ(run("SETRANGE padded 2 x"), integer(3));
    EXPECT_EQ(run("GET padded"), bulk(Bytes("\0\0x", 3)));
}

TEST_F(Ranges, SetrangeOfNothingDoesNothing) {
    EXPECT_EQ(run("SETRANGE missing 5 ''"), integer(0));
    EXPECT_EQ(run("EXISTS missing"), integer(0));
    run("SET k abc");
    EXPECT_EQ(run("SETRANGE k 536870912 ''"), integer(3));
    EXPECT_EQ(run("GET k"), bulk("abc"));
    EXPECT_EQ(run("SETRANGE list 0 ''"), wrong_type);
}

TEST_F(Ranges, SetrangeChecksTheOffset) {
    EXPECT_EQ(run("SETRANGE k -1 x"), error("ERR offset is out of range"));
    EXPECT_EQ(run("SETRANGE list -1 x"), error("ERR offset is out of range"));
    EXPECT_EQ(run("SETRANGE list abc x"), not_an_integer);
    EXPECT_EQ(run("SETRANGE list 536870912 x"), wrong_type);
}

TEST_F(Ranges, Getrange) {
    run("SET k 'This is a string'");
    EXPECT_EQ(run("GETRANGE k 0 3"), bulk("This"));
    EXPECT_EQ(run("GETRANGE k 0 0"), bulk("T"));
    EXPECT_EQ(run("GETRANGE k -3 -1"), bulk("ing"));
    EXPECT_EQ(run("GETRANGE k -1 -1"), bulk("g"));
    EXPECT_EQ(run("GETRANGE k 14 16"), bulk("ng"));
    EXPECT_EQ(run("GETRANGE k 0 -1"), bulk("This is a string"));
    EXPECT_EQ(run("GETRANGE k 10 100"), bulk("string"));
    EXPECT_EQ(run("GETRANGE k -100 3"), bulk("This"));
    EXPECT_EQ(run("GETRANGE k -100 -90"), bulk("T"));
    EXPECT_EQ(run("GETRANGE k 5 3"), bulk(""));
    EXPECT_EQ(run("GETRANGE k -1 -3"), bulk(""));
    EXPECT_EQ(run("GETRANGE k 100 200"), bulk(""));
    EXPECT_EQ(run("GETRANGE k 9223372036854775807 -9223372036854775808"), bulk(""));
    EXPECT_EQ(run("GETRANGE k -9223372036854775808 9223372036854775807"), bulk("This is a string"));
    EXPECT_EQ(run("SUBSTR k 0 3"), bulk("This"));
    EXPECT_EQ(run("GETRANGE missing 0 -1"), bulk(""));
    run("SET empty ''");
    EXPECT_EQ(run("GETRANGE empty 0 0"), bulk(""));
}

TEST_F(Ranges, GetrangeChecksNumbersFirst) {
    EXPECT_EQ(run("GETRANGE list a 0"), not_an_integer);
    EXPECT_EQ(run("GETRANGE missing 0 a"), not_an_integer);
    EXPECT_EQ(run("GETRANGE list 0 1"), wrong_type);
}

TEST_F(Ranges, Strlen) {
    run("SET k abc");
    EXPECT_EQ(run("STRLEN k"), integer(3));
    EXPECT_EQ(run("STRLEN missing"), integer(0));
    EXPECT_EQ(run("STRLEN list"), wrong_type);
}

TEST_F(Ranges, LargeValuesAreNotLoadedForAPart) {
    run({"SET", "k", std::string(1000, 'x') + "yz"});
    EXPECT_EQ(run("STRLEN k"), integer(1002));
    EXPECT_EQ(run("GETRANGE k -3 -2"), bulk("xy"));
    EXPECT_EQ(run("OBJECT ENCODING k"), bulk("raw"));
    EXPECT_EQ(store.loads, 0);
    run("GET k");
    EXPECT_EQ(store.loads, 1);
}

class Lcs : public Ranges {
protected:
    void SetUp() override {
        Ranges::SetUp();
        run("MSET a ohmytext b mynewtext");
    }
};

TEST_F(Lcs, AnswersInThreeWays) {
    EXPECT_EQ(run("LCS a b"), bulk("mytext"));
    EXPECT_EQ(run("LCS a b LEN"), integer(6));
    EXPECT_EQ(run("LCS a b IDX"),
              "*4\r\n$7\r\nmatches\r\n*2\r\n"
              "*2\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n"
              "*2\r\n*2\r\n:2\r\n:3\r\n*2\r\n:0\r\n:1\r\n"
              "$3\r\nlen\r\n:6\r\n");
    EXPECT_GT(store.interrupt_checks, 0);
}

TEST_F(Lcs, AnswersWithAMapInProtocol3) {
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("LCS a missing IDX"), "%2\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:0\r\n");
}

TEST_F(Lcs, FiltersMatches) {
    std::string filtered =
        "*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n"
        "$3\r\nlen\r\n:6\r\n";
    EXPECT_EQ(run("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN"), filtered);
    EXPECT_EQ(run("LCS a b withmatchlen minmatchlen 3 idx"), filtered);
    EXPECT_EQ(run("LCS a b IDX MINMATCHLEN -3"), run("LCS a b IDX"));
    EXPECT_EQ(run("LCS a b LEN MINMATCHLEN 5 WITHMATCHLEN"), integer(6));
}

TEST_F(Lcs, TakesMissingKeysAsEmpty) {
    EXPECT_EQ(run("LCS a missing"), bulk(""));
    EXPECT_EQ(run("LCS missing missing LEN"), integer(0));
    EXPECT_EQ(run("LCS a a"), bulk("ohmytext"));
}

TEST_F(Lcs, ChecksKeysThenOptionsThenLengths) {
    std::string not_strings = error("ERR The specified keys must contain string values");
    EXPECT_EQ(run("LCS list a foo"), not_strings);
    EXPECT_EQ(run("LCS a list LEN IDX"), not_strings);
    EXPECT_EQ(run("LCS a b foo"), syntax_error);
    EXPECT_EQ(run("LCS a b MINMATCHLEN"), syntax_error);
    EXPECT_EQ(run("LCS a b MINMATCHLEN abc"), not_an_integer);
    EXPECT_EQ(run("LCS a b LEN IDX"),
              error("ERR If you want both the length and indexes, please just use IDX."));
    run("SETRANGE long 20000 x");
    EXPECT_EQ(run("LCS long long foo"), syntax_error);
    EXPECT_EQ(
        run("LCS long long"),
        error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"));
}

}  // namespace unit
