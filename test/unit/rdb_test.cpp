// What Redis's DUMP gives, and its parts: the checksum, compressed strings, listpacks.
#include "core/rdb.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/crc64.hpp"
#include "core/listpack.hpp"
#include "core/lzf.hpp"
#include "core/rdb_writer.hpp"
#include "core/reader.hpp"
#include "core/score.hpp"

using core::Bytes;
using core::Status;

namespace {

std::string from_hex(Bytes digits) {
    std::string bytes;
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return bytes;
}

// A value with a footer that fits.
std::string sealed(std::string value, char version = 10) {
    value += version;
    value += '\0';
    uint64_t checksum = core::crc64(value);
    for (int i = 0; i < 8; i++)
        value += static_cast<char>(checksum >> (8 * i));
    return value;
}

class TextVisitor final : public core::RdbVisitor {
public:
    void on_string(Bytes value) override { add("string ", value); }
    void on_item(Bytes item) override { add("item ", item); }
    void on_member(Bytes member) override { add("member ", member); }
    void on_scored(Bytes member, double score) override {
        add(core::format_score(score) + " ", member);
    }
    void on_field(Bytes field, Bytes value) override { add(std::string(field) + "=", value); }

    std::string text;

private:
    void add(const std::string& prefix, Bytes value) {
        if (!text.empty())
            text += ", ";
        text += prefix;
        text += value;
    }
};

std::string read(const std::string& payload) {
    TextVisitor visitor;
    std::string copy(payload);
    copy.shrink_to_fit();  // so that reading past its end is seen
    Status status = core::read_dump(copy, visitor);
    return status ? visitor.text : status.error().message();
}

const std::string bad_format = "Bad data format";
const std::string bad_checksum = "DUMP payload version or checksum are wrong";

}  // namespace

TEST(Crc64, IsThatOfRedis) {
    EXPECT_EQ(core::crc64(""), 0U);
    EXPECT_EQ(core::crc64("123456789"), 0xe9c6d914c4b8d9ca);
}

// The payloads are those of redis-server 7.0.15.

TEST(Rdb, ReadsStrings) {
    EXPECT_EQ(read(from_hex("000568656c6c6f0a006372df766534200a")), "string hello");
    EXPECT_EQ(read(from_hex("00c0fb0a0049c4c6f4d7263f68")), "string -5");
    EXPECT_EQ(read(from_hex("00c1e8030a0089d1478ebac4b764")), "string 1000");
    EXPECT_EQ(read(from_hex("00c26079feff0a00a1ca8470cc216d9d")), "string -100000");
    EXPECT_EQ(read(from_hex("00c3094064017878e057000178780a005db7f663bb08625f")),
              "string " + std::string(100, 'x'));
    EXPECT_EQ(read(from_hex("0013393232333337323033363835343737353830370a003a657e9481e85f22")),
              "string 9223372036854775807");
    std::string abc;
    for (int i = 0; i < 100; i++)
        abc += "abc";
    EXPECT_EQ(read(from_hex("00c30e412c0361626361e0ff02e115070162630a00d25733cec044e12b")),
              "string " + abc);
    EXPECT_EQ(read(from_hex("00000a005d9b5c400f7fa2da")), "string ");
}

TEST(Rdb, ReadsLists) {
    EXPECT_EQ(
        read(from_hex("1204020f0f00000003008161028001dfff02ff0213130000000300cfff02f1008003f2ffff7f"
                      "04ff021d1d0000000300f4000000800000000009f40000000000000080097f01ff02c3154055"
                      "0d550000000200f2e0930404e04679e03c000148ff0a00e5b7b91709584e05")),
        "item a, item , item -1, item 4095, item -32768, item 8388607, item 2147483648, item "
        "-9223372036854775808, item 127, item 300000, item " +
            std::string(70, 'y'));
    EXPECT_EQ(read(from_hex("1203020d0d0000000300000101010201ff020d0d0000000300030104010501ff020b0b"
                            "000000020006010701ff0a0049169cf14f19d58c")),
              "item 0, item 1, item 2, item 3, item 4, item 5, item 6, item 7");
}

TEST(Rdb, ReadsSets) {
    EXPECT_EQ(read(from_hex("0b0e0200000003000000feff01002c010a005b0aa862f794600a")),
              "member -2, member 1, member 300");
    EXPECT_EQ(read(from_hex("0b10040000000200000090eefeff010000000a0094a105e959efec05")),
              "member -70000, member 1");
    EXPECT_EQ(read(from_hex("0b10080000000100000000f2052a010000000a00de8d460aefc82cdd")),
              "member 5000000000");
    EXPECT_EQ(read(from_hex("020301620161c0070a00451d3020559b1cb0")),
              "member b, member a, member 7");
}

TEST(Rdb, ReadsHashes) {
    EXPECT_EQ(read(from_hex("1012120000000400816602817602816e020c01ff0a0001369481d35b8974")),
              "f=v, n=12");
    EXPECT_EQ(read(from_hex("0402016ec00c016601760a0051a96948d7aef981")), "n=12, f=v");
}

TEST(Rdb, ReadsSortedSets) {
    EXPECT_EQ(
        read(from_hex(
            "111d1d0000000600816302dffe0281610283312e350481620283696e6604ff0a006d8ea46ad5a7ed90")),
        "-2 c, 1.5 a, inf b");
    EXPECT_EQ(read(from_hex("05030162000000000000f07f0161000000000000f83f016300000000000000c00a007d"
                            "c27f02e78a1971")),
              "inf b, 1.5 a, -2 c");
}

TEST(Rdb, ReadsWhatOlderOrNewerVersionsWrite) {
    using namespace std::string_literals;
    EXPECT_EQ(read(sealed("\x01\x02\x01\x61\x01\x62"s)), "item a, item b");
    EXPECT_EQ(read(sealed("\x12\x01\x01\x03\x61\x62\x63"s)), "item abc");  // a plain node
    EXPECT_EQ(read(sealed("\x14\x0d\x0d\0\0\0\x02\0\x81\x61\x02\x81\x62\x02\xff"s, 11)),
              "member a, member b");
    EXPECT_EQ(read(sealed("\0\x80\0\0\0\x01\x61"s)), "string a");
    EXPECT_EQ(read(sealed("\0\x81\0\0\0\0\0\0\0\x01\x61"s)), "string a");
}

TEST(Rdb, ChecksVersionAndChecksum) {
    using namespace std::string_literals;
    std::string payload = sealed("\0\x01\x61"s);
    EXPECT_EQ(read(payload), "string a");
    for (size_t i = 0; i < payload.size(); i++) {
        std::string damaged = payload;
        damaged[i] ^= 1;
        EXPECT_EQ(read(damaged), bad_checksum) << i;
    }
    EXPECT_EQ(read(""), bad_checksum);
    EXPECT_EQ(read(payload.substr(0, 9)), bad_checksum);
    EXPECT_EQ(read(sealed("\0\x01\x61"s, 12)), bad_checksum);
}

TEST(Rdb, FindsDamage) {
    using namespace std::string_literals;
    for (const std::string& value : {
             ""s,
             "\x00"s,                  // nothing, or no string
             "\0\x01\x61\x62"s,        // bytes left over
             "\0\x02\x61"s,            // cut off
             "\0\x82\x61"s,            // an unknown length
             "\0\xc4\x61"s,            // an unknown form
             "\x03\x01\x61\x01\x31"s,  // an unknown type
             "\x01\x00"s,              // an empty list
             "\x01\xc0\x01"s,          // no count
             "\x01\x81\xff\xff\xff\xff\xff\xff\xff\xff\x01\x61"s,
             "\x04\x01\x01\x61"s,                      // a value is missing
             "\x05\x01\x01\x61\0\0\0\0\0\0\xf8\x7f"s,  // NaN
             "\x0b\x08\x02\0\0\0\0\0\0\0"s,            // an empty intset
             "\x0b\x0a\x02\0\0\0\x02\0\0\0\x01\0"s,
             "\x0b\x0b\x03\0\0\0\x01\0\0\0\x01\0\0"s,
             "\x12\x01\x03\x01\x61"s,                      // an unknown node
             "\x10\x0a\x0a\0\0\0\x01\0\x81\x61\x02\xff"s,  // a field alone
             "\x11\x0d\x0d\0\0\0\x02\0\x81\x61\x02\x81\x62\x02\xff"s,
         })
        EXPECT_EQ(read(sealed(value)), bad_format) << testing::PrintToString(value);
}

TEST(Rdb, FindsDamageAnywhere) {
    for (const char* digits : {
             "00c3094064017878e057000178780a005db7f663bb08625f",
             "1204020f0f00000003008161028001dfff02ff0213130000000300cfff02f1008003f2ffff7f04ff021d1"
             "d0000000300f4000000800000000009f40000000000000080097f01ff02c31540550d550000000200f2e0"
             "930404e04679e03c000148ff0a00e5b7b91709584e05",
             "1203020d0d0000000300000101010201ff020d0d0000000300030104010501ff020b0b000000020006010"
             "701ff0a0049169cf14f19d58c",
             "0b10040000000200000090eefeff010000000a0094a105e959efec05",
             "1012120000000400816602817602816e020c01ff0a0001369481d35b8974",
             "0402016ec00c016601760a0051a96948d7aef981",
             "111d1d0000000600816302dffe0281610283312e350481620283696e6604ff0a006d8ea46ad5a7ed90",
             "05020161000000000000f83f0162000000000000f0ff0a0048977e33659e660b",
         }) {
        std::string payload = from_hex(digits);
        std::string value = payload.substr(0, payload.size() - 10);
        for (size_t size = 0; size < value.size(); size++)
            EXPECT_EQ(read(sealed(value.substr(0, size))), bad_format);
        for (size_t i = 0; i < value.size(); i++)
            for (int bit = 0; bit < 8; bit++) {
                std::string damaged = value;
                damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
                EXPECT_NE(read(sealed(damaged)), "");  // whatever it is
            }
    }
}

TEST(RdbWriter, WritesWhatIsRead) {
    using core::RdbWriter;
    for (size_t size : {0, 63, 64, 16383, 16384}) {
        RdbWriter writer(RdbWriter::Type::string);
        writer.bytes(std::string(size, 'x'));
        EXPECT_EQ(read(std::move(writer).finish()), "string " + std::string(size, 'x'));
    }
    for (auto [type, name] :
         {std::pair(RdbWriter::Type::list, "item"), std::pair(RdbWriter::Type::set, "member")}) {
        RdbWriter writer(type);
        writer.count(2);
        writer.bytes("a");
        writer.bytes("12");
        std::string prefix(name);
        EXPECT_EQ(read(std::move(writer).finish()), prefix + " a, " + prefix + " 12");
    }
    RdbWriter hash(RdbWriter::Type::hash);
    hash.count(1);
    hash.bytes("f");
    hash.bytes("v");
    EXPECT_EQ(read(std::move(hash).finish()), "f=v");
    RdbWriter zset(RdbWriter::Type::zset);
    zset.count(2);
    for (double score : {-HUGE_VAL, 1.5}) {
        zset.bytes("m");
        zset.score(score);
    }
    EXPECT_EQ(read(std::move(zset).finish()), "-inf m, 1.5 m");
}

TEST(Lzf, Decompresses) {
    using namespace std::string_literals;
    EXPECT_EQ(core::decompress_lzf("\x02"
                                   "abc",
                                   3),
              "abc");
    EXPECT_EQ(core::decompress_lzf("\0a\x20\0"s, 4), "aaaa");
    EXPECT_EQ(core::decompress_lzf("\0a\xe0\xff\0"s, 265), std::string(265, 'a'));
    EXPECT_EQ(core::decompress_lzf("", 0), "");
}

TEST(Lzf, FindsDamage) {
    using namespace std::string_literals;
    EXPECT_THROW(core::decompress_lzf("\x02"
                                      "ab",
                                      3),
                 core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\x02"
                                      "abc",
                                      2),
                 core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\x02"
                                      "abc",
                                      4),
                 core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\0a\x20\x01"s, 4), core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\0a\x20\0"s, 3), core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\0a\xe0"s, 265), core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\0a"s, 1ULL << 62), core::Damaged);
    EXPECT_THROW(core::decompress_lzf("\0a"s, 1000000), core::Damaged);
}

TEST(Listpack, FindsDamage) {
    using namespace std::string_literals;
    auto walk = [](const std::string& listpack) {
        core::walk_listpack(listpack, [](Bytes) {});
    };
    walk("\x0a\0\0\0\x01\0\x81\x61\x02\xff"s);
    walk("\x0a\0\0\0\xff\xff\x81\x61\x02\xff"s);  // Redis has not counted them
    walk("\x07\0\0\0\0\0\xff"s);
    EXPECT_THROW(walk(""), core::Damaged);
    EXPECT_THROW(walk("\x06\0\0\0\0\xff"s), core::Damaged);
    EXPECT_THROW(walk("\x0b\0\0\0\x01\0\x81\x61\x02\xff"s), core::Damaged);
    EXPECT_THROW(walk("\x0a\0\0\0\x02\0\x81\x61\x02\xff"s), core::Damaged);
    EXPECT_THROW(walk("\x0a\0\0\0\x01\0\x82\x61\x02\xff"s), core::Damaged);
    EXPECT_THROW(walk("\x0a\0\0\0\x01\0\x81\x61\x02\xfe"s), core::Damaged);
    EXPECT_THROW(walk("\x0a\0\0\0\x01\0\xff\x61\x02\xff"s), core::Damaged);
    EXPECT_THROW(walk("\x0c\0\0\0\x01\0\xf0\xff\xff\xff\xff\xff"s), core::Damaged);
}
