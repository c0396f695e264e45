// Strings that hold numbers.
#include "session.hpp"

namespace unit {

using Counters = Session;

TEST_F(Counters, CountFromZero) {
    EXPECT_EQ(run("INCR a"), integer(1));
    EXPECT_EQ(run("DECR b"), integer(-1));
    EXPECT_EQ(run("INCRBY c 5"), integer(5));
    EXPECT_EQ(run("DECRBY d 5"), integer(-5));
    EXPECT_EQ(run("INCRBYFLOAT e 1.5"), bulk("1.5"));
}

TEST_F(Counters, CountOn) {
    run("SET k 10");
    EXPECT_EQ(run("INCR k"), integer(11));
    EXPECT_EQ(run("INCRBY k -20"), integer(-9));
    EXPECT_EQ(run("DECRBY k -9"), integer(0));
    EXPECT_EQ(run("DECR k"), integer(-1));
    EXPECT_EQ(run("GET k"), bulk("-1"));
}

TEST_F(Counters, KeepTheExpiry) {
    run("SET k 10 EX 10");
    run("INCR k");
    EXPECT_EQ(run("TTL k"), integer(10));
    run("INCRBYFLOAT k 1");
    EXPECT_EQ(run("TTL k"), integer(10));
    store.clock += 10001;
    EXPECT_EQ(run("INCR k"), integer(1));
    EXPECT_EQ(run("TTL k"), integer(-1));
}

TEST_F(Counters, RefuseWhatIsNoNumber) {
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    for (const char* value : {"abc", "''", "' 1'", "01", "+1", "1.0", "9223372036854775808"}) {
        run(std::string("SET k ") + value);
        EXPECT_EQ(run("INCR k"), not_an_integer) << value;
    }
    EXPECT_EQ(run("INCR l"), wrong_type);
    EXPECT_EQ(run("INCRBY l abc"), not_an_integer);
    EXPECT_EQ(run("INCRBY k 9223372036854775808"), not_an_integer);
    EXPECT_EQ(run("DECRBY k abc"), not_an_integer);
}

TEST_F(Counters, Overflow) {
    std::string overflow = error("ERR increment or decrement would overflow");
    run("SET k 9223372036854775807");
    EXPECT_EQ(run("INCR k"), overflow);
    EXPECT_EQ(run("DECRBY k -1"), overflow);
    EXPECT_EQ(run("INCRBY k 9223372036854775807"), overflow);
    EXPECT_EQ(run("INCRBY k -9223372036854775808"), integer(-1));
    EXPECT_EQ(run("INCRBY k -9223372036854775808"), overflow);
    EXPECT_EQ(run("DECRBY k -9223372036854775808"), error("ERR decrement would overflow"));
}

TEST_F(Counters, Float) {
    run("SET k 10.50");
    EXPECT_EQ(run("INCRBYFLOAT k 0.1"), bulk("10.6"));
    EXPECT_EQ(run("INCRBYFLOAT k -5"), bulk("5.6"));
    EXPECT_EQ(run("INCRBYFLOAT k 5.0e3"), bulk("5005.60000000000000009"));
    EXPECT_EQ(run("GET k"), bulk("5005.60000000000000009"));
    run("SET k 0");
    EXPECT_EQ(run("INCRBYFLOAT k -0.0"), bulk("0"));
}

TEST_F(Counters, FloatRefusesWhatIsNoNumber) {
    std::string not_a_float = error("ERR value is not a valid float");
    store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, "", store::never, 0};
    EXPECT_EQ(run("INCRBYFLOAT l abc"), wrong_type);
    for (const char* step : {"abc", "''", "' 1'", "'1 '", "nan", "1e5000"})
        EXPECT_EQ(run(std::string("INCRBYFLOAT k ") + step), not_a_float) << step;
    run("SET k abc");
    EXPECT_EQ(run("INCRBYFLOAT k 1"), not_a_float);
    run("SET k ''");
    EXPECT_EQ(run("INCRBYFLOAT k 1"), not_a_float);
}

TEST_F(Counters, FloatRefusesInfinity) {
    std::string infinity = error("ERR increment would produce NaN or Infinity");
    EXPECT_EQ(run("INCRBYFLOAT k inf"), infinity);
    run("SET k -inf");
    EXPECT_EQ(run("INCRBYFLOAT k inf"), infinity);
    run("SET k 1e4932");
    EXPECT_EQ(run("INCRBYFLOAT k 1e4932"), infinity);
}

}  // namespace unit
