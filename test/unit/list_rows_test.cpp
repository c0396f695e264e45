// How lists are stored: forms, positions, what is read and written, what Redis would call them.
#include <deque>
#include <random>

#include "list_session.hpp"
#include "type/list.hpp"

namespace unit {

class ListRows : public ListSession {
protected:
    // The numbers from 0 on, in rows, the first at the position 0.
    void make_numbers(int64_t size) {
        std::vector<std::string> numbers = {long_item()};
        for (int64_t i = 0; i < size; i++)
            numbers.push_back(std::to_string(i));
        std::vector<Bytes> arguments = {"RPUSH", "l"};
        arguments.insert(arguments.end(), numbers.begin(), numbers.end());
        run(std::span<const Bytes>(arguments));
        run("LPOP l");
    }

    // How many elements a command reads and writes. A change is first tried in vain, on false
    // states of the key, which read nothing.
    struct Cost {
        uint64_t reads;
        uint64_t writes;
        bool operator==(const Cost&) const = default;
    };
    Cost cost(Bytes line) {
        Cost before{store.elements.reads, store.elements.writes};
        run(line);
        Cost cost{store.elements.reads - before.reads, store.elements.writes - before.writes};
        check();
        return cost;
    }

    std::string encoding() { return run("OBJECT ENCODING l"); }
};

TEST_F(ListRows, BeginPastTheThresholds) {
    std::vector<Bytes> arguments = {"RPUSH", "l"};
    arguments.insert(arguments.end(), 128, "1234567");
    run(std::span<const Bytes>(arguments));
    EXPECT_TRUE(in_rows("l"));  // 1026 bytes
    run("DEL l");
    arguments[2] = "12345";
    run(std::span<const Bytes>(arguments));
    EXPECT_FALSE(in_rows("l"));
    call("LSET l 0 123456");
    EXPECT_TRUE(in_rows("l"));
    run("DEL l");
    arguments[2] = "12345";
    run(std::span<const Bytes>(arguments));
    call("LINSERT l BEFORE 1234567 ''");  // the 129th
    EXPECT_TRUE(in_rows("l"));
    run("DEL l");
    run({"RPUSH", "l", std::string(64, 'x')});
    EXPECT_FALSE(in_rows("l"));
    run({"LSET", "l", "0", std::string(65, 'x')});
    EXPECT_TRUE(in_rows("l"));
}

TEST_F(ListRows, LastUntilTheListIsEmpty) {
    make_numbers(200);
    call("LTRIM l 0 1");
    call("RPOP l");
    EXPECT_TRUE(in_rows("l"));
    call("RPOP l");
    call("RPUSH l a");
    EXPECT_FALSE(in_rows("l"));
}

TEST_F(ListRows, AreReadAndWrittenOneByOne) {
    make_numbers(1000);
    EXPECT_EQ(cost("LLEN l"), (Cost{0, 0}));
    EXPECT_EQ(cost("LPUSH l a"), (Cost{0, 1}));
    EXPECT_EQ(cost("RPUSHX l a b"), (Cost{0, 2}));
    EXPECT_EQ(cost("LPOP l"), (Cost{1, 1}));
    EXPECT_EQ(cost("RPOP l 2"), (Cost{1, 2}));  // one walk
    EXPECT_EQ(cost("LINDEX l 500"), (Cost{1, 0}));
    EXPECT_EQ(cost("LINDEX l 1000"), (Cost{0, 0}));
    EXPECT_EQ(cost("LSET l 500 a"), (Cost{1, 1}));
    EXPECT_EQ(cost("LMOVE l l LEFT RIGHT"), (Cost{1, 2}));
    EXPECT_EQ(cost("LINSERT l BEFORE a b"), (Cost{1, 2}));  // one shift
    EXPECT_EQ(cost("LINSERT l BEFORE none b"), (Cost{1, 0}));
    EXPECT_EQ(cost("DEL l"), (Cost{0, 0}));
}

TEST_F(ListRows, MoveOnTheShorterSide) {
    make_numbers(10);
    int64_t head = rows("l").head;
    call("LINSERT l BEFORE 2 x");
    EXPECT_EQ(rows("l").head, head - 1);
    call("LINSERT l AFTER 8 x");
    EXPECT_EQ(rows("l").head, head - 1);
    call("LINSERT l BEFORE 0 x");
    EXPECT_EQ(rows("l").head, head - 2);
    call("LINSERT l AFTER 9 x");
    EXPECT_EQ(rows("l").head, head - 2);
}

TEST_F(ListRows, RestWhereMostOfThemLieTogether) {
    make_numbers(20);
    int64_t head = rows("l").head;
    run("LSET l 0 x");
    run("LSET l 3 x");
    run("LSET l 15 x");
    run("LSET l 16 x");
    call("LREM l 0 x");  // 4 to 14 stay
    EXPECT_EQ(rows("l").head, head + 2);
    EXPECT_EQ(store.elements.item_values.at({rows("l").collection, head + 9}), "9");
    EXPECT_EQ(store.elements.writes, 21 + 1 + 4 + 4 + 2U);  // 1 and 2, and 17 to 19 are shifted
}

TEST_F(ListRows, AreErasedOrMovedByATrim) {
    make_numbers(100);
    auto collection = rows("l").collection;
    EXPECT_EQ(cost("LTRIM l 10 89"), (Cost{2, 20}));
    EXPECT_EQ(rows("l").collection, collection);
    EXPECT_EQ(cost("LTRIM l 70 -2"), (Cost{1, 9}));
    EXPECT_NE(rows("l").collection, collection);
    EXPECT_EQ(all("l"), strings({"80", "81", "82", "83", "84", "85", "86", "87", "88"}));
    EXPECT_EQ(cost("LTRIM l 5 4"), (Cost{0, 0}));
}

TEST_F(ListRows, AreMovedInBatches) {
    for (int i = 0; i < 30; i++)
        run({"RPUSH", "l", std::string(100000, static_cast<char>('a' + i))});
    EXPECT_EQ(cost("LTRIM l 16 -1"), (Cost{2, 14}));
    EXPECT_EQ(run("LINDEX l -1"), bulk(std::string(100000, 'a' + 29)));
}

TEST_F(ListRows, EncodingFollowsTheSizeOfTheListpack) {
    call({"RPUSH", "l", std::string(8185, 'x')});  // with seven bytes of its own
    EXPECT_EQ(encoding(), bulk("listpack"));
    call("RPUSH l ''");
    EXPECT_EQ(encoding(), bulk("quicklist"));
    call("LSET l 0 x");
    EXPECT_EQ(encoding(), bulk("listpack"));
    run("DEL l");
    call({"RPUSH", "l", std::string(8186, 'x')});
    EXPECT_EQ(encoding(), bulk("quicklist"));
}

TEST_F(ListRows, EncodingCountsAsRedisDoes) {
    run({"RPUSH", "l", std::string(4000, 'x')});  // 4004, and 7
    run({"RPUSH", "l", std::string(4000, 'x')});
    run({"RPUSH", "l", std::string(177, 'x')});  // 8015 before
    EXPECT_EQ(encoding(), bulk("listpack"));
    run("RPUSH l ''");
    EXPECT_EQ(encoding(), bulk("quicklist"));
    run("LPOP l");
    EXPECT_EQ(encoding(), bulk("quicklist"));  // 4011, 181 and 2
    run({"LMOVE", "l", "other", "RIGHT", "LEFT"});
    EXPECT_EQ(encoding(), bulk("quicklist"));  // 4192
    run("RPOP l");
    EXPECT_EQ(encoding(), bulk("listpack"));
    EXPECT_EQ(run("OBJECT ENCODING other"), bulk("listpack"));
}

TEST_F(ListRows, EncodingIsDecidedAfterARotation) {
    run({"RPUSH", "l", std::string(3000, 'x'), std::string(6000, 'y')});
    EXPECT_EQ(encoding(), bulk("quicklist"));
    run("RPOPLPUSH l l");
    EXPECT_EQ(encoding(), bulk("quicklist"));
    run("LPOP l");
    EXPECT_EQ(encoding(), bulk("listpack"));
}

TEST_F(ListRows, RaiseWhatIsDamaged) {
    auto put = [&](const std::string& value) {
        store.databases[0]["l"] = {store::Type::list, store::Encoding::plain, value, store::never,
                                   0};
    };
    auto rows = [](int64_t collection, int64_t head, int64_t size) {
        std::string value("\1");
        for (int64_t number : {collection, head, size, int64_t{0}})
            value.append(reinterpret_cast<const char*>(&number), sizeof(number));
        return value;
    };
    for (const std::string& value :
         {std::string(), std::string("\0", 1), std::string("\0\0", 2), std::string("\0\1", 2),
          std::string("\0\1\2a", 4), std::string("\0\2\1a", 4), std::string("\2\1\1a", 4),
          std::string("\1abc"), rows(1, 0, 1).substr(0, 32), rows(1, 0, 1) + "x", rows(0, 0, 1),
          rows(-1, 0, 1), rows(1, 0, 0), rows(1, 0, -1)}) {
        put(value);
        EXPECT_THROW(run("LRANGE l 0 -1"), std::runtime_error);
        EXPECT_THROW(run("LINDEX l -1"), std::runtime_error);
        EXPECT_THROW(run("RPUSH l a"), std::runtime_error);
    }
}

// Lists that are made and copied by others than the list commands.

TEST_F(ListRows, CanBeCreatedOverAnything) {
    run("SET string value EX 10");
    make_numbers(10);
    for (const char* key : {"string", "l", "missing"}) {
        auto create = [](store::Entry& entry) -> Status {
            type::List list;
            list.create(entry);
            const Bytes values[] = {"a", "b"};
            list.push(type::Side::right, values);
            list.save();
            return {};
        };
        EXPECT_TRUE(store.modify({0, key}, create).ok());
        check();
        EXPECT_EQ(all(key), strings({"a", "b"}));
        EXPECT_EQ(run({"TTL", key}), integer(-1));
    }
    auto create_empty = [](store::Entry& entry) -> Status {
        type::List list;
        list.create(entry);
        list.save();
        return {};
    };
    EXPECT_TRUE(store.modify({0, "string"}, create_empty).ok());
    EXPECT_EQ(run("EXISTS string"), integer(0));
}

TEST_F(ListRows, CanBeCopiedToAnotherStorageClass) {
    make_numbers(10);
    run("EXPIRE l 10");
    run("RPUSH small a b");
    auto copy = [](std::span<store::Entry> entries) -> Status {
        type::List list;
        RETURN_IF_ERROR(list.open(entries[0]));
        list.copy_to(entries[1], entries[0].expires_at);
        return {};
    };
    for (const char* key : {"l", "small"}) {
        const Place places[] = {{0, key}, {15, "copy"}};
        EXPECT_TRUE(store.modify(places, copy).ok());
        check();
        std::string expected = all(key);
        std::string expiry = run({"TTL", key});
        database = 15;
        EXPECT_EQ(all("copy"), expected);
        EXPECT_EQ(run("TTL copy"), expiry);
        database = 0;
    }
    EXPECT_TRUE(store.other_elements.empty());
}

// Random commands, against a deque.
class ListModel : public ListSession {
protected:
    using Model = std::deque<std::string>;

    int64_t draw(int64_t end) {
        return static_cast<int64_t>(random_() % static_cast<uint64_t>(end));
    }
    // Few different ones, so that they are found again; rarely one that does not fit.
    std::string draw_item() {
        if (draw(40) == 0)
            return std::string(static_cast<size_t>(draw(3000)), 'x');
        return std::to_string(draw(12));
    }
    int64_t draw_index() {
        return draw(std::ssize(model_) + 1) - (draw(2) ? std::ssize(model_) : 0);
    }

    void step();
    void push();
    void pop();
    void edit();
    void find();

    std::mt19937_64 random_{7};
    Model model_;
    bool shrinking_ = false;
};

void ListModel::push() {
    std::vector<std::string> items(static_cast<size_t>(draw(draw(20) ? 3 : 200) + 1));
    for (std::string& item : items)
        item = draw_item();
    bool left = draw(2);
    std::vector<Bytes> arguments = {left ? "LPUSH" : "RPUSH", "l"};
    for (const std::string& item : items) {
        arguments.push_back(item);
        model_.insert(left ? model_.begin() : model_.end(), item);
    }
    EXPECT_EQ(call(std::span<const Bytes>(arguments)), integer(std::ssize(model_)));
}

void ListModel::pop() {
    bool left = draw(2);
    int64_t count = draw(draw(20) ? 3 : 100) + 1;
    std::vector<std::string> popped;
    bool exists = !model_.empty();
    while (!model_.empty() && std::ssize(popped) < count) {
        popped.push_back(left ? model_.front() : model_.back());
        model_.erase(left ? model_.begin() : model_.end() - 1);
    }
    EXPECT_EQ(call({left ? "LPOP" : "RPOP", "l", std::to_string(count)}),
              exists ? strings(popped) : "*-1\r\n");
}

void ListModel::edit() {
    std::string item = draw_item();
    switch (draw(5)) {
        case 0: {
            bool after = draw(2);
            std::string pivot = draw_item();
            auto at = std::find(model_.begin(), model_.end(), pivot);
            bool found = at != model_.end();
            int64_t failure = model_.empty() ? 0 : -1;
            if (found)
                model_.insert(at + after, item);
            EXPECT_EQ(call({"LINSERT", "l", after ? "AFTER" : "BEFORE", pivot, item}),
                      integer(found ? std::ssize(model_) : failure));
            break;
        }
        case 1: {
            int64_t index = draw(std::ssize(model_) + 1);
            bool found = index < std::ssize(model_);
            if (found)
                model_[static_cast<size_t>(index)] = item;
            std::string reply = call({"LSET", "l", std::to_string(index), item});
            EXPECT_EQ(reply == ok, found);
            break;
        }
        case 2: {
            int64_t count = draw(9) - 4;
            int64_t limit = count == 0 ? INT64_MAX : std::abs(count);
            int64_t removed = 0;
            if (count < 0)
                std::reverse(model_.begin(), model_.end());
            std::erase_if(model_, [&](const std::string& each) {
                return each == item && removed < limit && ++removed > 0;
            });
            if (count < 0)
                std::reverse(model_.begin(), model_.end());
            EXPECT_EQ(call({"LREM", "l", std::to_string(count), item}), integer(removed));
            break;
        }
        case 3: {
            int64_t size = std::ssize(model_);
            int64_t first = draw(draw(20) ? 3 : size + 1);
            int64_t last = size - 1 - draw(draw(20) ? 3 : size + 1);
            call({"LTRIM", "l", std::to_string(first), std::to_string(std::max<int64_t>(last, 0))});
            last = std::max<int64_t>(last, 0);
            if (first > last || first >= size)
                model_.clear();
            else
                model_ = Model(model_.begin() + first, model_.begin() + std::min(last + 1, size));
            break;
        }
        default:
            if (!model_.empty()) {
                model_.push_front(model_.back());
                model_.pop_back();
                EXPECT_EQ(call("RPOPLPUSH l l"), bulk(model_.front()));
            }
    }
}

void ListModel::find() {
    int64_t index = draw(std::ssize(model_) + 1);
    EXPECT_EQ(call({"LINDEX", "l", std::to_string(index)}),
              index < std::ssize(model_) ? bulk(model_[static_cast<size_t>(index)]) : null);
    std::string item = draw_item();
    auto first = std::find(model_.begin(), model_.end(), item);
    EXPECT_EQ(call({"LPOS", "l", item}),
              first == model_.end() ? null : integer(first - model_.begin()));
    auto last = std::find(model_.rbegin(), model_.rend(), item);
    EXPECT_EQ(call({"LPOS", "l", item, "RANK", "-1"}),
              last == model_.rend() ? null
                                    : integer(std::ssize(model_) - 1 - (last - model_.rbegin())));
    EXPECT_EQ(all("l"), strings({model_.begin(), model_.end()}));
}

// The list grows and shrinks in turn, so that it begins anew, packed, every now and then.
void ListModel::step() {
    if (model_.size() > 300)
        shrinking_ = true;
    if (model_.empty())
        shrinking_ = false;
    switch (draw(4)) {
        case 0:
            return push();
        case 1:
            return pop();
        case 2:
            return shrinking_ ? pop() : push();
        default:
            return edit();
    }
}

TEST_F(ListModel, AgreesWithADeque) {
    int packed = 0;
    for (int i = 0; i < 8000 && !HasFailure(); i++) {
        step();
        find();
        packed += !model_.empty() && !in_rows("l");
    }
    EXPECT_GT(packed, 400);
    EXPECT_LT(packed, 7600);
}

}  // namespace unit
