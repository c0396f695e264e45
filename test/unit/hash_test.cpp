// Hashes, packed and in rows.
#include <stdexcept>

#include "both_forms.hpp"
#include "type/hash.hpp"

namespace unit {

namespace {

class Hashes : public BothForms {
protected:
    std::string encoding(const std::string& key) {
        Entry entry;
        store.read({0, key}, entry);
        type::Hash hash(store);
        EXPECT_TRUE(hash.view(entry).ok());
        return hash.encoding();
    }

    // Fields f1 to f<last>, with their numbers as values.
    static std::string fields(int first, int last) {
        std::string text;
        for (int i = first; i <= last; i++)
            text += " f" + std::to_string(i) + " " + std::to_string(i);
        return text;
    }
};

INSTANTIATE_BOTH_FORMS(Hashes);

}  // namespace

TEST_P(Hashes, AreSetAndRead) {
    make_hash("h", "a 1 b 2");
    EXPECT_EQ(run("HSET h b 22 c 3 d '' '' e"), integer(3));
    EXPECT_EQ(run("HGET h a"), bulk("1"));
    EXPECT_EQ(run("HGET h b"), bulk("22"));
    EXPECT_EQ(run("HGET h d"), bulk(""));
    EXPECT_EQ(run("HGET h ''"), bulk("e"));
    EXPECT_EQ(run("HGET h z"), null);
    EXPECT_EQ(run("HMGET h c z c"), "*3\r\n$1\r\n3\r\n$-1\r\n$1\r\n3\r\n");
    EXPECT_EQ(run("HLEN h"), integer(5));
    EXPECT_EQ(run("HEXISTS h d"), integer(1));
    EXPECT_EQ(run("HEXISTS h z"), integer(0));
    EXPECT_EQ(run("HSTRLEN h b"), integer(2));
    EXPECT_EQ(run("HSTRLEN h d"), integer(0));
    EXPECT_EQ(run("HSTRLEN h z"), integer(0));
    EXPECT_EQ(form_of("h"), GetParam());
}

TEST_P(Hashes, TellAll) {
    make_hash("h", "a 1 b 2 c 3");
    EXPECT_EQ(texts(run("HGETALL h")), (Texts{"1", "2", "3", "a", "b", "c"}));
    EXPECT_EQ(texts(run("HKEYS h")), (Texts{"a", "b", "c"}));
    EXPECT_EQ(texts(run("HVALS h")), (Texts{"1", "2", "3"}));
    protocol = resp::Protocol::resp3;
    EXPECT_TRUE(run("HGETALL h").starts_with("%3\r\n"));
    EXPECT_TRUE(run("HKEYS h").starts_with("*3\r\n"));
}

TEST_P(Hashes, CountAFieldOnceAndKeepItsLastValue) {
    make_hash("h", "a 1");
    EXPECT_EQ(run("HSET h b 1 b 2 a 3 b 4"), integer(1));
    EXPECT_EQ(run("HMGET h a b"), strings({"3", "4"}));
    EXPECT_EQ(run("HLEN h"), integer(2));
}

TEST_P(Hashes, SetWhatIsMissing) {
    make_hash("h", "a 1");
    EXPECT_EQ(run("HSETNX h a 2"), integer(0));
    EXPECT_EQ(run("HSETNX h b 2"), integer(1));
    EXPECT_EQ(run("HMGET h a b"), strings({"1", "2"}));
    EXPECT_EQ(run("HMSET h a 5 c 6"), ok);
    EXPECT_EQ(run("HMGET h a c"), strings({"5", "6"}));
}

TEST_P(Hashes, LoseFields) {
    make_hash("h", "a 1 b 2 c 3");
    run("PEXPIRE h 1000");
    EXPECT_EQ(run("HDEL h a a z"), integer(1));
    EXPECT_EQ(run("HDEL h z"), integer(0));
    EXPECT_EQ(texts(run("HKEYS h")), (Texts{"b", "c"}));
    EXPECT_EQ(run("PTTL h"), integer(1000));
    EXPECT_EQ(run("HDEL h c b"), integer(2));
    EXPECT_EQ(run("EXISTS h"), integer(0));
    EXPECT_TRUE(store.elements.empty());
    run("HSET h a 1");
    EXPECT_EQ(run("PTTL h"), integer(-1));
    EXPECT_EQ(run("HDEL h a"), integer(1));
    EXPECT_EQ(run("EXISTS h"), integer(0));
}

TEST_P(Hashes, CountIntegers) {
    make_hash("h", "a 10 t text e '' s ' 1' m 9223372036854775807");
    EXPECT_EQ(run("HINCRBY h a -15"), integer(-5));
    EXPECT_EQ(run("HINCRBY h new 3"), integer(3));
    EXPECT_EQ(run("HMGET h a new"), strings({"-5", "3"}));
    for (const char* field : {"t", "e", "s"})
        EXPECT_EQ(run({"HINCRBY", "h", field, "1"}), error("ERR hash value is not an integer"));
    EXPECT_EQ(run("HINCRBY h m 1"), error("ERR increment or decrement would overflow"));
    EXPECT_EQ(run("HINCRBY h a x"), not_an_integer);
    EXPECT_EQ(run("HINCRBY h a 1.0"), not_an_integer);
}

TEST_P(Hashes, CountFloats) {
    make_hash("h", "a 10.50 t text e '' i inf");
    EXPECT_EQ(run("HINCRBYFLOAT h a 0.1"), bulk("10.6"));
    EXPECT_EQ(run("HINCRBYFLOAT h a -5.0e1"), bulk("-39.4"));
    EXPECT_EQ(run("HINCRBYFLOAT h new 2"), bulk("2"));
    EXPECT_EQ(run("HMGET h a new"), strings({"-39.4", "2"}));
    for (const char* field : {"t", "e"})
        EXPECT_EQ(run({"HINCRBYFLOAT", "h", field, "1"}), error("ERR hash value is not a float"));
    EXPECT_EQ(run("HINCRBYFLOAT h i 1"), error("ERR increment would produce NaN or Infinity"));
    EXPECT_EQ(run("HINCRBYFLOAT h a inf"), error("ERR value is NaN or Infinity"));
    EXPECT_EQ(run("HINCRBYFLOAT h a nan"), error("ERR value is not a valid float"));
    EXPECT_EQ(run("HINCRBYFLOAT h t x"), error("ERR value is not a valid float"));
}

TEST_P(Hashes, GiveRandomFields) {
    make_hash("h", "a 1 b 2 c 3");
    EXPECT_EQ(texts(run("HRANDFIELD h")).size(), 1U);
    EXPECT_EQ(texts(run("HRANDFIELD h 2")).size(), 2U);
    EXPECT_EQ(texts(run("HRANDFIELD h 3")), (Texts{"a", "b", "c"}));
    EXPECT_EQ(texts(run("HRANDFIELD h 9223372036854775807")), (Texts{"a", "b", "c"}));
    EXPECT_EQ(texts(run("HRANDFIELD h 10 withvalues")), (Texts{"1", "2", "3", "a", "b", "c"}));
    EXPECT_EQ(texts(run("HRANDFIELD h -10")).size(), 10U);
    EXPECT_EQ(texts(run("HRANDFIELD h -10 WITHVALUES")).size(), 20U);
    EXPECT_EQ(run("HRANDFIELD h 0"), strings({}));
    protocol = resp::Protocol::resp3;
    EXPECT_TRUE(run("HRANDFIELD h 1 WITHVALUES").starts_with("*1\r\n*2\r\n"));
    EXPECT_TRUE(run("HRANDFIELD h 1").starts_with("*1\r\n$1\r\n"));
}

TEST_P(Hashes, AreScanned) {
    make_hash("h", "a1 1 a2 2 b1 3 '' 4");
    std::string end = "*2\r\n$1\r\n0\r\n";
    EXPECT_TRUE(run("HSCAN h 0").starts_with(end + "*8\r\n"));
    EXPECT_EQ(run("HSCAN h 0 MATCH b*"), end + strings({"b1", "3"}));
    EXPECT_TRUE(run("HSCAN h 0 match a? count 100").starts_with(end + "*4\r\n"));
    EXPECT_TRUE(run("HSCAN h 0 MATCH *").starts_with(end + "*8\r\n"));
    EXPECT_EQ(run("HSCAN h 0 COUNT 0"), syntax_error);
    EXPECT_EQ(run("HSCAN h 0 COUNT x"), not_an_integer);
    EXPECT_EQ(run("HSCAN h 0 TYPE hash"), syntax_error);
    EXPECT_EQ(run("HSCAN h x"), error("ERR invalid cursor"));
}

TEST_P(Hashes, AreCopied) {
    make_hash("h", fields(1, 20));
    run("PEXPIRE h 1000");
    for (int number : {0, store.database_of_other_elements}) {
        auto copy = [&](std::span<Entry> entries) -> Status {
            type::Hash hash(store);
            RETURN_IF_ERROR(hash.open(entries[0]));
            hash.copy_to(entries[1], entries[0].expires_at);
            return {};
        };
        const Place places[] = {{0, "h"}, {number, "copy"}};
        EXPECT_TRUE(store.modify(places, copy).ok());
    }
    run("HDEL h f1");
    for (int number : {0, store.database_of_other_elements}) {
        database = number;
        EXPECT_EQ(run("HLEN copy"), integer(20));
        EXPECT_EQ(run("HGET copy f1"), bulk("1"));
        EXPECT_EQ(run("PTTL copy"), integer(1000));
    }
}

using MissingHashes = Session;

TEST_F(MissingHashes, AreEmpty) {
    EXPECT_EQ(run("HGET h a"), null);
    EXPECT_EQ(run("HMGET h a b"), "*2\r\n$-1\r\n$-1\r\n");
    for (const char* command : {"HGETALL h", "HKEYS h", "HVALS h", "HRANDFIELD h 5",
                                "HRANDFIELD h -5", "HRANDFIELD h 5 WITHVALUES"})
        EXPECT_EQ(run(command), strings({})) << command;
    for (const char* command : {"HLEN h", "HEXISTS h a", "HSTRLEN h a", "HDEL h a"})
        EXPECT_EQ(run(command), integer(0)) << command;
    EXPECT_EQ(run("HRANDFIELD h"), null);
    EXPECT_EQ(run("HSCAN h 0"), "*2\r\n$1\r\n0\r\n*0\r\n");
    EXPECT_EQ(run("HSCAN h 0 foo"), "*2\r\n$1\r\n0\r\n*0\r\n");
    EXPECT_EQ(run("HSCAN h x"), error("ERR invalid cursor"));
    EXPECT_TRUE(store.databases[0].empty());
}

TEST_F(MissingHashes, MayBeOfAnotherType) {
    run("SET s v");
    for (const char* command :
         {"HGET s a", "HMGET s a", "HGETALL s", "HKEYS s", "HVALS s", "HLEN s", "HEXISTS s a",
          "HSTRLEN s a", "HDEL s a", "HSET s a 1", "HMSET s a 1", "HSETNX s a 1", "HINCRBY s a 1",
          "HINCRBYFLOAT s a 1", "HRANDFIELD s", "HRANDFIELD s 1", "HSCAN s 0 foo"})
        EXPECT_EQ(run(command), wrong_type) << command;
    EXPECT_EQ(run("HINCRBY s a x"), not_an_integer);
    EXPECT_EQ(run("HINCRBYFLOAT s a x"), error("ERR value is not a valid float"));
    EXPECT_EQ(run("HRANDFIELD s 1 x"), syntax_error);
    EXPECT_EQ(run("GET s"), bulk("v"));
}

TEST_F(MissingHashes, ComeOnlyWithPairs) {
    EXPECT_EQ(run("HSET h a 1 b"), error("ERR wrong number of arguments for 'hset' command"));
    EXPECT_EQ(run("HMSET h a 1 b"), error("ERR wrong number of arguments for 'hmset' command"));
    EXPECT_EQ(run("HSET h a"), error("ERR wrong number of arguments for 'hset' command"));
}

TEST_F(MissingHashes, AreNotPickedFromWithAWrongCount) {
    std::string between = error(
        "ERR value is out of range, value must between -9223372036854775807 and "
        "9223372036854775807");
    std::string out_of_range = error("ERR value is out of range");
    EXPECT_EQ(run("HRANDFIELD h x"), not_an_integer);
    EXPECT_EQ(run("HRANDFIELD h x y"), not_an_integer);
    EXPECT_EQ(run("HRANDFIELD h 1 WITHVALUES y"), syntax_error);
    EXPECT_EQ(run("HRANDFIELD h -9223372036854775808"), between);
    EXPECT_EQ(run("HRANDFIELD h -9223372036854775808 WITHVALUES"), between);
    EXPECT_EQ(run("HRANDFIELD h 9223372036854775807 WITHVALUES"), out_of_range);
    EXPECT_EQ(run("HRANDFIELD h -4611686018427387904 WITHVALUES"), out_of_range);
    EXPECT_EQ(run("HRANDFIELD h -4611686018427387903 WITHVALUES"), strings({}));
}

using GrowingHashes = Hashes;
INSTANTIATE_TEST_SUITE_P(Form, GrowingHashes, testing::Values(store::Form::packed), name_of_form);

TEST_P(GrowingHashes, MoveIntoRowsByNumber) {
    run("HSET h" + fields(1, 128));
    EXPECT_EQ(form_of("h"), store::Form::packed);
    EXPECT_EQ(encoding("h"), "listpack");
    run("HSET h" + fields(100, 129));
    EXPECT_EQ(form_of("h"), store::Form::rows);
    EXPECT_EQ(encoding("h"), "listpack");
    EXPECT_EQ(run("HLEN h"), integer(129));
    EXPECT_EQ(store.elements.field_values.size(), 129U);
    EXPECT_EQ(run("HGET h f128"), bulk("128"));

    run("HDEL h" + fields(1, 128));
    EXPECT_EQ(run("HLEN h"), integer(1));
    EXPECT_EQ(form_of("h"), store::Form::rows);

    run("HSET h" + fields(1, 512));
    EXPECT_EQ(encoding("h"), "listpack");
    run("HSET h f513 513");
    EXPECT_EQ(encoding("h"), "hashtable");
    run("HDEL h" + fields(1, 512));
    EXPECT_EQ(encoding("h"), "hashtable");
}

TEST_P(GrowingHashes, MoveIntoRowsBySizeOfAnEntry) {
    std::string longest(64, 'v');
    run("HSET h a 1 " + longest + " " + longest);
    EXPECT_EQ(form_of("h"), store::Form::packed);
    EXPECT_EQ(run("HSET h a " + longest + "v"), integer(0));
    EXPECT_EQ(form_of("h"), store::Form::rows);
    EXPECT_EQ(encoding("h"), "hashtable");
    EXPECT_EQ(run("HGET h a"), bulk(longest + "v"));
    EXPECT_EQ(run("HGET h " + longest), bulk(longest));

    run("HSETNX g " + longest + "f 1");
    EXPECT_EQ(form_of("g"), store::Form::rows);
    EXPECT_EQ(encoding("g"), "hashtable");
}

TEST_P(GrowingHashes, MoveIntoRowsBySizeOfAll) {
    std::string value(60, 'v');
    size_t size = 2;
    for (int i = 10; size + 64 <= 1024; i++, size += 64)
        run("HSET h " + std::to_string(i) + " " + value);
    EXPECT_EQ(form_of("h"), store::Form::packed);
    EXPECT_EQ(run("HSET h 10 " + std::string(60, 'w')), integer(0));
    EXPECT_EQ(form_of("h"), store::Form::packed);
    run("HSET h last " + value);
    EXPECT_EQ(form_of("h"), store::Form::rows);
    EXPECT_EQ(encoding("h"), "listpack");
    EXPECT_EQ(run("HGET h 10"), bulk(std::string(60, 'w')));
}

TEST_P(GrowingHashes, AreLargeForAValueThatDoesNotStay) {
    run("HSET h a " + too_long + " a 1");
    EXPECT_EQ(encoding("h"), "hashtable");
    EXPECT_EQ(run("HGETALL h"), strings({"a", "1"}));
}

TEST_P(GrowingHashes, KeepTheirExpiry) {
    run("HSET h a 1");
    run("PEXPIRE h 1000");
    run("HSET h" + fields(1, 200));
    EXPECT_EQ(run("PTTL h"), integer(1000));
}

TEST_P(GrowingHashes, HoldLargeFieldsAndValues) {
    std::string large(100'000, 'x');
    EXPECT_EQ(run({"HSET", "h", large, large + "y", large + "z", "1"}), integer(2));
    EXPECT_EQ(run({"HGET", "h", large}), bulk(large + "y"));
    EXPECT_EQ(run({"HDEL", "h", large}), integer(1));
    EXPECT_EQ(run("HLEN h"), integer(1));
}

TEST_P(GrowingHashes, ReadNoMoreThanTheyMust) {
    run("HSET h" + fields(1, 1000));
    EXPECT_EQ(store.elements.reads, 0U);
    // A read counts twice if it finds something.
    run("HSET h" + fields(901, 1100));
    EXPECT_EQ(store.elements.reads, 2 * 100 + 100U);
    run("HDEL h f1 f2 f1");
    run("HINCRBY h f3 1");
    run("HSETNX h f3 1");
    EXPECT_EQ(store.elements.reads, 2 * 100 + 100 + 2 * 4U);
}

TEST_P(GrowingHashes, FailIfCorrupt) {
    for (Bytes value :
         {Bytes(""), Bytes("\0", 1), Bytes("\0\1", 2), Bytes("\0\1\5a", 4), Bytes("\2\0", 2),
          Bytes("\1\1\0\0\0\0\0\0\0", 9), Bytes("\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17)}) {
        store.databases[0]["h"] = {store::Type::hash, store::Encoding::plain, std::string(value),
                                   store::never, 0};
        for (const char* command : {"HGETALL h", "HGET h z", "HSET h z 1", "HSCAN h 0"})
            EXPECT_THROW(run(command), std::runtime_error) << command;
    }
}

TEST_P(GrowingHashes, FailIfTheirRowsAreGone) {
    run("HSET h" + fields(1, 200));
    store.elements.field_values.clear();
    EXPECT_THROW(run("HRANDFIELD h"), std::runtime_error);
}

}  // namespace unit
