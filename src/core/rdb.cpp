#include "core/rdb.hpp"

#include <bit>
#include <cmath>
#include <optional>
#include <string>

#include "core/crc64.hpp"
#include "core/listpack.hpp"
#include "core/lzf.hpp"
#include "core/number.hpp"
#include "core/reader.hpp"
#include "core/score.hpp"

namespace core {

namespace {

constexpr size_t checksum_size = 8;
constexpr size_t version_size = 2;
constexpr size_t footer_size = version_size + checksum_size;
constexpr uint64_t newest_version = 11;  // Redis 7.2's

enum class RdbType : uint8_t {
    string = 0,
    list = 1,
    set = 2,
    hash = 4,
    zset = 5,
    intset = 11,
    hash_listpack = 16,
    zset_listpack = 17,
    list_of_nodes = 18,
    set_listpack = 20,
};

enum class Node { plain = 1, listpack = 2 };

enum class StringForm { int8 = 0, int16 = 1, int32 = 2, compressed = 3 };

// A length, or the form of a string that has none.
struct Length {
    uint64_t number;
    bool is_form;
};

// A string, and where it lies if not in the payload.
struct String {
    Bytes bytes;
    IntegerText integer = {};
    std::string decompressed = {};

    String() = default;
    String(const String&) = delete;
    String& operator=(const String&) = delete;
};

class Decoder {
public:
    Decoder(Bytes value, RdbVisitor& visitor) : reader_(value), visitor_(visitor) {}

    void read();

private:
    Length read_length();
    uint64_t read_count();
    void read_string(String& string);
    void read_in_form(StringForm form, String& string);
    double read_score();

    void read_list_node();
    void read_intset();
    void read_listpack(FunctionRef<void(Bytes value)> visit);
    // Of entries in twos.
    void read_listpack_pairs(FunctionRef<void(Bytes first, Bytes second)> visit);

    Reader reader_;
    RdbVisitor& visitor_;
    uint64_t visited_ = 0;
};

Length Decoder::read_length() {
    uint8_t first = reader_.byte();
    uint8_t low = first & 0x3f;
    switch (first >> 6) {
        case 0:
            return {low, false};
        case 1:
            return {static_cast<uint64_t>(low) << 8 | reader_.byte(), false};
        case 3:
            return {low, true};
    }
    if (first == 0x80)
        return {reader_.big_endian(4), false};
    if (first == 0x81)
        return {reader_.big_endian(8), false};
    throw Damaged("an unknown length");
}

uint64_t Decoder::read_count() {
    Length length = read_length();
    if (length.is_form)
        throw Damaged("a length is missing");
    return length.number;
}

void Decoder::read_string(String& string) {
    Length length = read_length();
    if (length.is_form)
        read_in_form(static_cast<StringForm>(length.number), string);
    else
        string.bytes = reader_.take(length.number);
}

void Decoder::read_in_form(StringForm form, String& string) {
    switch (form) {
        case StringForm::int8:
        case StringForm::int16:
        case StringForm::int32: {
            size_t size = size_t{1} << static_cast<int>(form);
            string.integer = IntegerText(reader_.signed_little_endian(size));
            string.bytes = string.integer.bytes();
            return;
        }
        case StringForm::compressed: {
            uint64_t compressed = read_count();
            uint64_t size = read_count();
            string.decompressed = decompress_lzf(reader_.take(compressed), size);
            string.bytes = string.decompressed;
            return;
        }
    }
    throw Damaged("an unknown form of a string");
}

double Decoder::read_score() {
    double score = std::bit_cast<double>(reader_.little_endian(sizeof(double)));
    if (std::isnan(score))
        throw Damaged("a score is not a number");
    return score;
}

void Decoder::read_listpack(FunctionRef<void(Bytes value)> visit) {
    String listpack;
    read_string(listpack);
    walk_listpack(listpack.bytes, [&](Bytes value) {
        visited_++;
        visit(value);
    });
}

void Decoder::read_listpack_pairs(FunctionRef<void(Bytes first, Bytes second)> visit) {
    std::optional<std::string> first;
    read_listpack([&](Bytes value) {
        if (first) {
            visit(*first, value);
            first.reset();
        } else {
            first = value;
        }
    });
    if (first)
        throw Damaged("the second of a pair is missing");
}

void Decoder::read_list_node() {
    uint64_t node = read_count();
    if (node == static_cast<uint64_t>(Node::listpack)) {
        read_listpack([&](Bytes item) { visitor_.on_item(item); });
        return;
    }
    if (node != static_cast<uint64_t>(Node::plain))
        throw Damaged("an unknown node of a list");
    String item;
    read_string(item);
    visited_++;
    visitor_.on_item(item.bytes);
}

void Decoder::read_intset() {
    String intset;
    read_string(intset);
    Reader reader(intset.bytes);
    uint64_t size = reader.little_endian(4);
    uint64_t count = reader.little_endian(4);
    if (size != 2 && size != 4 && size != 8)
        throw Damaged("an unknown size of integers");
    if (reader.left() != count * size)
        throw Damaged("an intset does not hold what it says");
    for (; count > 0; count--) {
        IntegerText integer(reader.signed_little_endian(size));
        visited_++;
        visitor_.on_member(integer.bytes());
    }
}

void Decoder::read() {
    // Calls read_element as often as a count before the elements says.
    auto repeat = [&](auto read_element) {
        for (uint64_t count = read_count(); count > 0; count--) {
            String string;
            read_string(string);
            visited_++;
            read_element(string.bytes);
        }
    };
    switch (static_cast<RdbType>(reader_.byte())) {
        case RdbType::string: {
            String string;
            read_string(string);
            visited_++;
            visitor_.on_string(string.bytes);
            break;
        }
        case RdbType::list:
            repeat([&](Bytes item) { visitor_.on_item(item); });
            break;
        case RdbType::set:
            repeat([&](Bytes member) { visitor_.on_member(member); });
            break;
        case RdbType::hash:
            repeat([&](Bytes field) {
                String value;
                read_string(value);
                visitor_.on_field(field, value.bytes);
            });
            break;
        case RdbType::zset:
            repeat([&](Bytes member) { visitor_.on_scored(member, read_score()); });
            break;
        case RdbType::intset:
            read_intset();
            break;
        case RdbType::hash_listpack:
            read_listpack_pairs([&](Bytes field, Bytes value) { visitor_.on_field(field, value); });
            break;
        case RdbType::zset_listpack:
            read_listpack_pairs([&](Bytes member, Bytes text) {
                std::optional<double> score = parse_score(text);
                if (!score)
                    throw Damaged("a score is not a number");
                visitor_.on_scored(member, *score);
            });
            break;
        case RdbType::list_of_nodes:
            for (uint64_t nodes = read_count(); nodes > 0; nodes--)
                read_list_node();
            break;
        case RdbType::set_listpack:
            read_listpack([&](Bytes member) { visitor_.on_member(member); });
            break;
        default:
            throw Damaged("an unknown type");
    }
    if (visited_ == 0)
        throw Damaged("an empty collection");
    if (!reader_.done())
        throw Damaged("bytes are left over");
}

Status check_footer(Bytes payload) {
    if (payload.size() < footer_size)
        return ErrorCode::dump_checksum;
    Reader reader(payload.substr(payload.size() - footer_size));
    uint64_t version = reader.little_endian(version_size);
    uint64_t checksum = reader.little_endian(checksum_size);
    if (version > newest_version ||
        checksum != crc64(payload.substr(0, payload.size() - checksum_size)))
        return ErrorCode::dump_checksum;
    return {};
}

}  // namespace

Status read_dump(Bytes payload, RdbVisitor& visitor) {
    RETURN_IF_ERROR(check_footer(payload));
    try {
        Decoder(payload.substr(0, payload.size() - footer_size), visitor).read();
    } catch (const Damaged& damage) {
        return {ErrorCode::dump_format, {}, damage.what()};
    }
    return {};
}

}  // namespace core
