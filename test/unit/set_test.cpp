// Single sets, packed and in rows, and SMOVE.
#include "type/set.hpp"
#include "both_forms.hpp"

namespace unit {

namespace {

class Sets : public BothForms {
protected:
    std::string encoding(const std::string& key) {
        Entry entry;
        store.read({0, key}, entry);
        type::Set set(store);
        EXPECT_TRUE(set.view(entry).ok());
        return set.encoding();
    }

    static std::string numbers(int first, int last, const std::string& before = "") {
        std::string text;
        for (int i = first; i <= last; i++)
            text += " " + before + std::to_string(i);
        return text;
    }
};

INSTANTIATE_BOTH_FORMS(Sets);

}  // namespace

TEST_P(Sets, AreAddedToAndRead) {
    make_set("s", "a b");
    EXPECT_EQ(run("SADD s b c c ''"), integer(2));
    EXPECT_EQ(run("SADD s a"), integer(0));
    EXPECT_EQ(run("SCARD s"), integer(4));
    EXPECT_EQ(run("SISMEMBER s c"), integer(1));
    EXPECT_EQ(run("SISMEMBER s ''"), integer(1));
    EXPECT_EQ(run("SISMEMBER s z"), integer(0));
    EXPECT_EQ(run("SMISMEMBER s a z a"), "*3\r\n:1\r\n:0\r\n:1\r\n");
    EXPECT_EQ(texts(run("SMEMBERS s")), (Texts{"", "a", "b", "c"}));
    protocol = resp::Protocol::resp3;
    EXPECT_TRUE(run("SMEMBERS s").starts_with("~4\r\n"));
    EXPECT_EQ(form_of("s"), GetParam());
}

TEST_P(Sets, AreNotWrittenIfNothingIsNew) {
    make_set("s", "a b");
    store.clock++;
    auto before = store.databases;
    run("SADD s a b");
    run("SREM s z");
    EXPECT_EQ(store.databases, before);
}

TEST_P(Sets, LoseMembers) {
    make_set("s", "a b c");
    run("PEXPIRE s 1000");
    EXPECT_EQ(run("SREM s a a z"), integer(1));
    EXPECT_EQ(texts(run("SMEMBERS s")), (Texts{"b", "c"}));
    EXPECT_EQ(run("PTTL s"), integer(1000));
    EXPECT_EQ(run("SREM s b c"), integer(2));
    EXPECT_EQ(run("EXISTS s"), integer(0));
    EXPECT_TRUE(store.elements.empty());
}

TEST_P(Sets, GiveRandomMembers) {
    make_set("s", "a b c");
    EXPECT_EQ(texts(run("SRANDMEMBER s")).size(), 1U);
    EXPECT_EQ(texts(run("SRANDMEMBER s 2")).size(), 2U);
    EXPECT_EQ(texts(run("SRANDMEMBER s 3")), (Texts{"a", "b", "c"}));
    EXPECT_EQ(texts(run("SRANDMEMBER s 100")), (Texts{"a", "b", "c"}));
    EXPECT_EQ(texts(run("SRANDMEMBER s -100")).size(), 100U);
    EXPECT_EQ(run("SRANDMEMBER s 0"), strings({}));
    EXPECT_EQ(run("SCARD s"), integer(3));
}

TEST_P(Sets, LoseRandomMembers) {
    make_set("s", "a b c d e f");
    Texts popped = texts(run("SPOP s"));
    for (const char* command : {"SPOP s 0", "SPOP s 2", "SPOP s 1"})
        for (const std::string& member : texts(run(command)))
            popped.push_back(member);
    EXPECT_EQ(popped.size(), 4U);
    EXPECT_EQ(run("SCARD s"), integer(2));
    for (const std::string& member : texts(run("SPOP s 100")))
        popped.push_back(member);
    std::sort(popped.begin(), popped.end());
    EXPECT_EQ(popped, (Texts{"a", "b", "c", "d", "e", "f"}));
    EXPECT_EQ(run("EXISTS s"), integer(0));
    EXPECT_TRUE(store.elements.empty());
    protocol = resp::Protocol::resp3;
    EXPECT_EQ(run("SPOP s 1"), "~0\r\n");
}

TEST_P(Sets, AreScanned) {
    make_set("s", "a1 a2 b1");
    std::string end = "*2\r\n$1\r\n0\r\n";
    EXPECT_EQ(run("SSCAN s 0 MATCH b*"), end + strings({"b1"}));
    EXPECT_TRUE(run("SSCAN s 0").starts_with(end + "*3\r\n"));
    EXPECT_EQ(run("SSCAN s -1 COUNT 0"), syntax_error);
}

TEST_P(Sets, GiveMembersToOthers) {
    make_set("s", "a b");
    make_set("t", "b");
    run("PEXPIRE t 1000");
    EXPECT_EQ(run("SMOVE s t z"), integer(0));
    EXPECT_EQ(run("SMOVE s t a"), integer(1));
    EXPECT_EQ(run("SMOVE s t b"), integer(1));
    EXPECT_EQ(run("EXISTS s"), integer(0));
    EXPECT_EQ(texts(run("SMEMBERS t")), (Texts{"a", "b"}));
    EXPECT_EQ(run("PTTL t"), integer(1000));
    EXPECT_EQ(run("SMOVE t new a"), integer(1));
    EXPECT_EQ(run("SMEMBERS new"), strings({"a"}));
    EXPECT_EQ(run("SMOVE t t b"), integer(1));
    EXPECT_EQ(run("SMOVE t t z"), integer(0));
    EXPECT_EQ(run("SMEMBERS t"), strings({"b"}));
}

TEST_P(Sets, GiveMembersToSetsOfTheOtherForm) {
    make_set("s", "a b");
    run("SADD packed p");
    run("SADD rows " + too_long);
    for (const char* other : {"packed", "rows"}) {
        EXPECT_EQ(run({"SMOVE", "s", other, "a"}), integer(1));
        EXPECT_EQ(run({"SMOVE", other, "s", "a"}), integer(1));
        EXPECT_EQ(run({"SCARD", other}), integer(1));
    }
    EXPECT_EQ(texts(run("SMEMBERS s")), (Texts{"a", "b"}));
}

TEST_P(Sets, AreMadeAtOnce) {
    make_set("s", "a");
    run("PEXPIRE s 1000");
    std::vector<std::string> members;
    for (int i = 0; i < 200; i++)
        members.push_back(std::to_string(i));
    std::vector<Bytes> all(members.begin(), members.end());
    for (size_t size : {200, 3, 0}) {
        auto change = [&](Entry& entry) -> Status {
            type::Set::create(store, entry, {all.data(), size}, store.clock + 5);
            return {};
        };
        EXPECT_TRUE(store.modify({0, "s"}, change).ok());
        EXPECT_EQ(run("SCARD s"), integer(static_cast<int64_t>(size)));
        EXPECT_EQ(run("PTTL s"), integer(size > 0 ? 5 : -2));
        EXPECT_EQ(store.elements.field_values.size(), size == 200 ? 200U : 0U);
        if (size > 0) {
            EXPECT_EQ(encoding("s"), "intset");
        }
    }
}

using MissingSets = Session;

TEST_F(MissingSets, AreEmpty) {
    for (const char* command : {"SCARD s", "SISMEMBER s a", "SREM s a", "SMOVE s t a"})
        EXPECT_EQ(run(command), integer(0)) << command;
    for (const char* command : {"SMEMBERS s", "SRANDMEMBER s 3", "SRANDMEMBER s -3", "SPOP s 3"})
        EXPECT_EQ(run(command), strings({})) << command;
    EXPECT_EQ(run("SMISMEMBER s a b"), "*2\r\n:0\r\n:0\r\n");
    EXPECT_EQ(run("SRANDMEMBER s"), null);
    EXPECT_EQ(run("SPOP s"), null);
    EXPECT_EQ(run("SSCAN s 0 foo"), "*2\r\n$1\r\n0\r\n*0\r\n");
    EXPECT_TRUE(store.databases[0].empty());
}

TEST_F(MissingSets, MayBeOfAnotherType) {
    run("SET k v");
    run("SADD s a");
    for (const char* command :
         {"SADD k a", "SCARD k", "SISMEMBER k a", "SMISMEMBER k a", "SMEMBERS k", "SREM k a",
          "SPOP k", "SPOP k 0", "SRANDMEMBER k", "SRANDMEMBER k 1", "SSCAN k 0 foo", "SMOVE k s a",
          "SMOVE s k a", "SMOVE s k z", "SMOVE k k a"})
        EXPECT_EQ(run(command), wrong_type) << command;
    EXPECT_EQ(run("SMOVE missing k z"), integer(0));
    EXPECT_EQ(run("SRANDMEMBER k x"), not_an_integer);
    EXPECT_EQ(run("SMEMBERS s"), strings({"a"}));
}

TEST_F(MissingSets, AreNotPickedFromWithAWrongCount) {
    std::string positive = error("ERR value is out of range, must be positive");
    EXPECT_EQ(run("SPOP s x"), positive);
    EXPECT_EQ(run("SPOP s -1"), positive);
    EXPECT_EQ(run("SPOP s 1 2"), syntax_error);
    EXPECT_EQ(run("SRANDMEMBER s 1 2"), syntax_error);
    EXPECT_EQ(run("SRANDMEMBER s x"), not_an_integer);
    EXPECT_EQ(run("SRANDMEMBER s -9223372036854775808"),
              error("ERR value is out of range, value must between -9223372036854775807 and "
                    "9223372036854775807"));
}

using GrowingSets = Sets;
INSTANTIATE_TEST_SUITE_P(Form, GrowingSets, testing::Values(store::Form::packed), name_of_form);

TEST_P(GrowingSets, OfIntegers) {
    run("SADD s" + numbers(1, 128));
    EXPECT_EQ(form_of("s"), store::Form::packed);
    EXPECT_EQ(encoding("s"), "intset");
    run("SADD s" + numbers(1, 512));
    EXPECT_EQ(form_of("s"), store::Form::rows);
    EXPECT_EQ(encoding("s"), "intset");
    run("SADD s 513");
    EXPECT_EQ(encoding("s"), "hashtable");
    run("SREM s" + numbers(2, 513));
    EXPECT_EQ(encoding("s"), "hashtable");
}

TEST_P(GrowingSets, OfIntegersAndOthers) {
    run("SADD s" + numbers(1, 127));
    run("SADD s a");
    EXPECT_EQ(encoding("s"), "listpack");
    EXPECT_EQ(form_of("s"), store::Form::packed);
    run("SREM s a");
    EXPECT_EQ(encoding("s"), "listpack");
    run("SADD s a b");
    EXPECT_EQ(encoding("s"), "hashtable");
    EXPECT_EQ(form_of("s"), store::Form::rows);

    run("SADD t" + numbers(1, 200));
    run("SADD t a");
    EXPECT_EQ(encoding("t"), "hashtable");
    run("SADD u 1 " + too_long);
    EXPECT_EQ(encoding("u"), "hashtable");
    run("SADD v 01");
    EXPECT_EQ(encoding("v"), "listpack");
}

TEST_P(GrowingSets, AreLargeForMembersGivenOften) {
    std::string often;
    for (int i = 0; i < 129; i++)
        often += " a";
    run("SADD s" + often);
    EXPECT_EQ(encoding("s"), "hashtable");
    run("SADD t 1" + often);
    EXPECT_EQ(encoding("t"), "listpack");
}

TEST_P(GrowingSets, AreMadeNewByAPopThatLeavesFew) {
    run("SADD s" + numbers(1, 1000, "m"));
    EXPECT_EQ(texts(run("SPOP s 990")).size(), 990U);
    EXPECT_EQ(form_of("s"), store::Form::packed);
    EXPECT_EQ(encoding("s"), "listpack");
    EXPECT_EQ(run("SCARD s"), integer(10));
    EXPECT_TRUE(store.elements.empty());

    run("SADD t" + numbers(1, 1000, "m"));
    EXPECT_EQ(texts(run("SPOP t 500")).size(), 500U);
    EXPECT_EQ(form_of("t"), store::Form::rows);
    EXPECT_EQ(store.elements.field_values.size(), 500U);

    run("SADD u 1 2 3 4 5 6 " + too_long + numbers(1, 6, too_long));
    run("SPOP u 11");
    EXPECT_EQ(run("SCARD u"), integer(2));
}

TEST_P(GrowingSets, PopOneByOne) {
    run("SADD s" + numbers(1, 150));
    std::vector<std::string> popped;
    for (int i = 0; i < 150; i++)
        popped.push_back(texts(run("SPOP s")).at(0));
    std::sort(popped.begin(), popped.end());
    EXPECT_EQ(std::unique(popped.begin(), popped.end()), popped.end());
    EXPECT_TRUE(store.databases[0].empty());
    EXPECT_TRUE(store.elements.empty());
}

TEST_P(GrowingSets, PickFewOfMany) {
    run("SADD s" + numbers(1, 400));
    for (const char* count : {"1", "5", "24", "25", "300", "399"}) {
        Texts picked = texts(run({"SRANDMEMBER", "s", count}));
        EXPECT_EQ(std::to_string(picked.size()), count);
        EXPECT_EQ(std::unique(picked.begin(), picked.end()), picked.end());
    }
}

TEST_P(GrowingSets, FailIfCorrupt) {
    for (Bytes value : {Bytes("\0\1", 2), Bytes("\0\1\5a", 4), Bytes("\3\0", 2)}) {
        store.databases[0]["s"] = {store::Type::set, store::Encoding::plain, std::string(value),
                                   store::never, 0};
        for (const char* command : {"SMEMBERS s", "SISMEMBER s z", "SADD s z", "SPOP s"})
            EXPECT_THROW(run(command), std::runtime_error) << command;
    }
}

}  // namespace unit
