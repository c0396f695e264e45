// Commands on keys, whatever they hold, and on whole databases.
#include "session.hpp"

namespace unit {

using Keyspace = Session;

const std::string same_object = "-ERR source and destination objects are the same\r\n";
const std::string no_such_key = "-ERR no such key\r\n";
const std::string database_out_of_range = "-ERR DB index is out of range\r\n";
const std::string value_out_of_range =
    "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n";

TEST_F(Keyspace, DelCountsEachKeyOnceInOrder) {
    run("MSET a 1 b 2 c 3");
    store.changed_keys.clear();
    EXPECT_EQ(run("DEL b missing a b"), integer(2));
    EXPECT_EQ(store.changed_keys, (std::vector<std::string>{"a", "b", "missing"}));
    EXPECT_EQ(run("KEYS *"), strings({"c"}));
    EXPECT_EQ(run("UNLINK c"), integer(1));
    EXPECT_EQ(run("UNLINK c"), integer(0));
}

TEST_F(Keyspace, ExpiredKeysAreGone) {
    run("SET k v PX 10");
    store.clock += 10;
    EXPECT_EQ(run("EXISTS k"), integer(1));
    store.clock += 1;
    EXPECT_EQ(run("EXISTS k"), integer(0));
    EXPECT_EQ(run("GET k"), null);
    EXPECT_EQ(run("TYPE k"), "+none\r\n");
    EXPECT_EQ(run("DEL k"), integer(0));
}

TEST_F(Keyspace, ExistsAndTouchCountRepeats) {
    run("MSET a 1 b 2");
    EXPECT_EQ(run("EXISTS a b a missing"), integer(3));
    EXPECT_EQ(run("TOUCH a a missing"), integer(2));
}

TEST_F(Keyspace, Type) {
    EXPECT_EQ(run("TYPE k"), "+none\r\n");
    const std::pair<store::Type, const char*> types[] = {
        {store::Type::string, "+string\r\n"}, {store::Type::list, "+list\r\n"},
        {store::Type::hash, "+hash\r\n"},     {store::Type::set, "+set\r\n"},
        {store::Type::zset, "+zset\r\n"},
    };
    for (const auto& [type, reply] : types) {
        store.databases[0]["k"] = {type, store::Encoding::plain, "", store::never, 0};
        EXPECT_EQ(run("TYPE k"), reply);
    }
}

TEST_F(Keyspace, RenameTakesEverythingAlong) {
    run("SET a 1 EX 10");
    run("APPEND a 2");
    run("SET b old EX 20");
    EXPECT_EQ(run("RENAME a b"), ok);
    EXPECT_EQ(run("EXISTS a"), integer(0));
    EXPECT_EQ(run("GET b"), bulk("12"));
    EXPECT_EQ(run("TTL b"), integer(10));
    EXPECT_EQ(run("OBJECT ENCODING b"), bulk("raw"));
}

TEST_F(Keyspace, RenameTakesLargeValuesAlong) {
    std::string large(1000, 'x');
    run({"SET", "a", large});
    EXPECT_EQ(run("RENAME a b"), ok);
    EXPECT_EQ(run("GET b"), bulk(large));
}

TEST_F(Keyspace, RenameNeedsTheKey) {
    EXPECT_EQ(run("RENAME a b"), no_such_key);
    EXPECT_EQ(run("RENAME a a"), no_such_key);
    EXPECT_EQ(run("RENAMENX a b"), no_such_key);
    EXPECT_EQ(run("RENAMENX a a"), no_such_key);
    run("SET a 1");
    EXPECT_EQ(run("RENAME a a"), ok);
    EXPECT_EQ(run("RENAMENX a a"), integer(0));
    EXPECT_EQ(run("GET a"), bulk("1"));
}

TEST_F(Keyspace, RenamenxSparesTheTarget) {
    run("MSET a 1 b 2");
    EXPECT_EQ(run("RENAMENX a b"), integer(0));
    EXPECT_EQ(run("MGET a b"), strings({"1", "2"}));
    EXPECT_EQ(run("RENAMENX a c"), integer(1));
    EXPECT_EQ(run("GET c"), bulk("1"));
    run("SET gone v PX 1");
    store.clock += 2;
    EXPECT_EQ(run("RENAMENX c gone"), integer(1));
    EXPECT_EQ(run("TTL gone"), integer(-1));
}

TEST_F(Keyspace, Copy) {
    run("SET a 1 EX 10");
    EXPECT_EQ(run("COPY a b"), integer(1));
    EXPECT_EQ(run("GET a"), bulk("1"));
    EXPECT_EQ(run("GET b"), bulk("1"));
    EXPECT_EQ(run("TTL b"), integer(10));
    run("SET a 2");
    EXPECT_EQ(run("COPY a b"), integer(0));
    EXPECT_EQ(run("GET b"), bulk("1"));
    EXPECT_EQ(run("COPY a b REPLACE"), integer(1));
    EXPECT_EQ(run("GET b"), bulk("2"));
    EXPECT_EQ(run("TTL b"), integer(-1));
    EXPECT_EQ(run("COPY missing b REPLACE"), integer(0));
}

TEST_F(Keyspace, CopyToAnotherDatabase) {
    run("SET a 1");
    EXPECT_EQ(run("COPY a a db 3 replace DB 2"), integer(1));
    EXPECT_EQ(run("EXISTS a"), integer(1));
    database = 2;
    EXPECT_EQ(run("GET a"), bulk("1"));
    database = 3;
    EXPECT_EQ(run("EXISTS a"), integer(0));
}

TEST_F(Keyspace, CopyChecksItsOptionsInTurn) {
    EXPECT_EQ(run("COPY a a"), same_object);
    EXPECT_EQ(run("COPY a a DB 0 REPLACE"), same_object);
    EXPECT_EQ(run("COPY a b DB 16"), database_out_of_range);
    EXPECT_EQ(run("COPY a b DB -1"), database_out_of_range);
    EXPECT_EQ(run("COPY a b DB abc"), not_an_integer);
    EXPECT_EQ(run("COPY a b DB 4294967296"), value_out_of_range);
    EXPECT_EQ(run("COPY a b DB"), syntax_error);
    EXPECT_EQ(run("COPY a a foo"), syntax_error);
    EXPECT_EQ(run("COPY a a DB 99 foo"), database_out_of_range);
}

TEST_F(Keyspace, Move) {
    run("SET a 1 EX 10");
    EXPECT_EQ(run("MOVE a 1"), integer(1));
    EXPECT_EQ(run("EXISTS a"), integer(0));
    EXPECT_EQ(run("MOVE a 1"), integer(0));
    run("SET a 2");
    EXPECT_EQ(run("MOVE a 1"), integer(0));
    EXPECT_EQ(run("GET a"), bulk("2"));
    database = 1;
    EXPECT_EQ(run("GET a"), bulk("1"));
    EXPECT_EQ(run("TTL a"), integer(10));
}

TEST_F(Keyspace, MoveChecksTheDatabase) {
    EXPECT_EQ(run("MOVE missing 0"), same_object);
    EXPECT_EQ(run("MOVE missing 16"), database_out_of_range);
    EXPECT_EQ(run("MOVE missing -1"), database_out_of_range);
    EXPECT_EQ(run("MOVE missing abc"), not_an_integer);
    EXPECT_EQ(run("MOVE missing 4294967296"), value_out_of_range);
}

TEST_F(Keyspace, Dbsize) {
    EXPECT_EQ(run("DBSIZE"), integer(0));
    run("MSET a 1 b 2");
    EXPECT_EQ(run("DBSIZE"), integer(2));
}

TEST_F(Keyspace, Flush) {
    run("SET a 1");
    database = 1;
    run("SET a 1");
    EXPECT_EQ(run("FLUSHDB"), ok);
    EXPECT_EQ(run("DBSIZE"), integer(0));
    database = 0;
    EXPECT_EQ(run("DBSIZE"), integer(1));
    EXPECT_EQ(run("FLUSHDB async"), ok);
    EXPECT_EQ(run("DBSIZE"), integer(0));
    run("SET a 1");
    database = 1;
    EXPECT_EQ(run("FLUSHALL SYNC"), ok);
    database = 0;
    EXPECT_EQ(run("DBSIZE"), integer(0));
}

TEST_F(Keyspace, FlushChecksItsOptions) {
    run("SET a 1");
    EXPECT_EQ(run("FLUSHDB foo"), syntax_error);
    EXPECT_EQ(run("FLUSHDB SYNC ASYNC"), syntax_error);
    EXPECT_EQ(run("FLUSHALL foo"), syntax_error);
    EXPECT_EQ(run("FLUSHALL SYNC SYNC"), syntax_error);
}

TEST_F(Keyspace, Swapdb) {
    run("SET a 1");
    EXPECT_EQ(run("SWAPDB 0 15"), ok);
    EXPECT_EQ(run("EXISTS a"), integer(0));
    EXPECT_EQ(run("SWAPDB 0 0"), ok);
    database = 15;
    EXPECT_EQ(run("GET a"), bulk("1"));
}

TEST_F(Keyspace, SwapdbChecksItsArguments) {
    std::string first = error("ERR invalid first DB index");
    std::string second = error("ERR invalid second DB index");
    EXPECT_EQ(run("SWAPDB abc abc"), first);
    EXPECT_EQ(run("SWAPDB 99999999999 0"), first);
    EXPECT_EQ(run("SWAPDB 99 abc"), second);
    EXPECT_EQ(run("SWAPDB 0 99999999999"), second);
    EXPECT_EQ(run("SWAPDB 16 0"), database_out_of_range);
    EXPECT_EQ(run("SWAPDB 0 -1"), database_out_of_range);
}

}  // namespace unit
