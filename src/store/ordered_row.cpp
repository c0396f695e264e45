#include "store/ordered_row.hpp"

#include "pg/guard.hpp"
#include "store/plain_row.hpp"
#include "store/table_elements.hpp"

namespace store {

namespace {

// Rows that agree in their score and in as much of their names as is indexed, until all are there.
class Ties {
public:
    Ties(const Gap& from, Direction direction, FunctionRef<bool(const OrderedRow& row)> visit)
        : from_(from), direction_(direction), visit_(visit) {}

    bool agree_with(const OrderedRow& row) const {
        return rows_.empty() ||
               (rows_[0].score == row.score && Bytes(names_[0]).substr(0, longest_ordered_name) ==
                                                   row.name.substr(0, longest_ordered_name));
    }
    bool empty() const { return rows_.empty(); }
    // Gives a row that ties with no other. False if the walk shall end.
    bool give(const OrderedRow& row) { return !is_in_range(row) || visit_(row); }
    void add(const OrderedRow& row) {
        rows_.push_back(row);
        names_.emplace_back(row.name);
    }
    // False if the walk shall end.
    bool give() {
        for (size_t i = 0; i < rows_.size(); i++)
            rows_[i].name = names_[i];
        std::sort(rows_.begin(), rows_.end(), [&](const OrderedRow& left, const OrderedRow& right) {
            return direction_ == Direction::forward ? left.name < right.name
                                                    : right.name < left.name;
        });
        bool more = true;
        for (size_t i = 0; i < rows_.size() && more; i++)
            more = !is_in_range(rows_[i]) || visit_(rows_[i]);
        rows_.clear();
        names_.clear();
        return more;
    }

private:
    bool is_in_range(const OrderedRow& row) const {
        if (row.score != from_.score || from_.side == Gap::Side::before_score ||
            from_.side == Gap::Side::after_score)
            return true;
        bool is_before_gap =
            from_.side == Gap::Side::before_name ? row.name < from_.name : row.name <= from_.name;
        return is_before_gap == (direction_ == Direction::backward);
    }

    const Gap& from_;
    Direction direction_;
    FunctionRef<bool(const OrderedRow& row)> visit_;
    std::vector<OrderedRow> rows_;
    std::vector<std::string> names_;
};

}  // namespace

Bytes WholeName::of(const ElementTable* table) {
    ColumnBytes name(table->column(ordered_name));
    ColumnBytes rest(table->column(ordered_rest));
    if (rest.bytes.empty())
        return name.bytes;
    size_t size = name.bytes.size() + rest.bytes.size();
    if (size > size_) {
        if (buffer_)
            pfree(buffer_);
        buffer_ = static_cast<char*>(palloc(size));
        size_ = size;
    }
    memcpy(buffer_, name.bytes.data(), name.bytes.size());
    memcpy(buffer_ + name.bytes.size(), rest.bytes.data(), rest.bytes.size());
    name.free();
    rest.free();
    return {buffer_, size};
}

bool has_name(const ElementTable* table, Bytes name) {
    return equals(table->column(ordered_name), name.substr(0, longest_ordered_name)) &&
           equals(table->column(ordered_rest),
                  name.substr(std::min(name.size(), longest_ordered_name)));
}

void set_name(Datum* values, Bytes name) {
    values[ordered_name - 1] = make_bytea(name.substr(0, longest_ordered_name));
    values[ordered_rest - 1] = make_bytea(name.substr(std::min(name.size(), longest_ordered_name)));
}

void free_name(const Datum* values) {
    pfree(DatumGetPointer(values[ordered_name - 1]));
    pfree(DatumGetPointer(values[ordered_rest - 1]));
}

namespace {

// The row in the walk's slot.
void read_row(const ElementWalk& walk, bool has_nodes, WholeName& whole, OrderedRow& row) {
    TupleTableSlot* slot = walk.table->slot();
    row.tid = slot->tts_tid;
    PlainRow<3> plain(reinterpret_cast<BufferHeapTupleTableSlot*>(slot)->base.tuple);
    if (plain.is_plain() && plain.second().empty() && !has_nodes) {
        row.number = plain.word<int64>(element_number - 1);
        row.score = plain.word<double>(ordered_score - 1);
        row.name = plain.first();
        row.node = 0;
        return;
    }
    row.score = DatumGetFloat8(walk.table->column(ordered_score));
    row.number = DatumGetInt64(walk.table->column(element_number));
    row.node = has_nodes ? DatumGetInt64(walk.table->column(block_node)) : 0;
    row.name = whole.of(walk.table);
}

// False if the walk shall end.
bool take_row(Ties& ties, const OrderedRow& row) {
    bool may_tie = row.name.size() >= longest_ordered_name;
    if (!may_tie)
        return (ties.empty() || ties.give()) && ties.give(row);
    if (!ties.agree_with(row) && !ties.give())
        return false;
    ties.add(row);
    return true;
}

}  // namespace

// One guard for all rows: what a visit calls of PostgreSQL has guards of its own.
void walk_in_order(ElementWalk& walk, const Gap& from, Direction direction,
                   FunctionRef<bool(const OrderedRow& row)> visit) {
    Ties ties(from, direction, visit);
    WholeName whole;
    bool has_nodes = RelationGetDescr(walk.table->relation())->natts >= block_node;
    bool is_ended = pg::call([&] {
        while (walk.next()) {
            OrderedRow row;
            read_row(walk, has_nodes, whole, row);
            if (!take_row(ties, row))
                return true;
        }
        return false;
    });
    if (!is_ended)
        ties.give();
}

}  // namespace store
