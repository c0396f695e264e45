#include "store/pop_edges.hpp"

#include "store/remembered.hpp"

namespace store::pop_edges {

namespace {

struct Member {
    double score;
    std::string name;

    auto place() const { return std::pair(score, Bytes(name)); }
};

// One end of a set.
struct Edge {
    std::optional<Member> last_erased;  // there is nothing between it and the end
    std::vector<Member> visited;        // by the last walk from the end, in its order
    bool is_cut = false;                // it met more than it was worth to remember
    size_t next = 0;                    // of those visited, which were not erased yet
    uint64 change = 0;                  // during which they were visited
};

struct Edges {
    Storage storage = Storage::durable;
    CollectionId collection = 0;
    uint32 epoch = 0;
    Edge low;
    Edge high;
};

// They live as long as the session.
constexpr size_t most_visited = 100;
constexpr size_t longest_name = 512;
constexpr size_t edges_count = 64;

Edges all_edges[edges_count];
uint64 current_change = 0;

bool is_of(const Edges& edges, Storage storage, CollectionId collection) {
    return edges.collection == collection && edges.storage == storage &&
           edges.epoch == remembered::current_epoch();
}

Edges& place_of(CollectionId collection) {
    return all_edges[static_cast<uint64>(collection) % edges_count];
}

// From which end a walk comes, if it begins there.
Edge* edge_of(Edges& edges, const Gap& from, Direction direction) {
    if (direction == Direction::forward && from.side == Gap::Side::before_score &&
        from.score == -INFINITY)
        return &edges.low;
    if (direction == Direction::backward && from.side == Gap::Side::after_score &&
        from.score == INFINITY)
        return &edges.high;
    return nullptr;
}

}  // namespace

void begin_change() {
    current_change++;
}

Gap start(Storage storage, CollectionId collection, const Gap& from, Direction direction) {
    Edges& edges = place_of(collection);
    Edge* edge = edge_of(edges, from, direction);
    if (!edge)
        return from;
    edge->visited.clear();
    edge->is_cut = false;
    edge->next = 0;
    if (!is_of(edges, storage, collection) || !edge->last_erased)
        return from;
    const Member& last = *edge->last_erased;
    return direction == Direction::forward ? Gap::after(last.score, last.name)
                                           : Gap::before(last.score, last.name);
}

void note_visit(Storage storage, CollectionId collection, const Gap& from, Direction direction,
                Bytes name, double score) {
    Edges& edges = place_of(collection);
    Edge* edge = edge_of(edges, from, direction);
    if (!edge)
        return;
    if (!is_of(edges, storage, collection)) {
        edges = Edges();
        edges.storage = storage;
        edges.collection = collection;
        edges.epoch = remembered::current_epoch();
    }
    edge->change = current_change;
    edge->is_cut |= edge->visited.size() == most_visited || name.size() > longest_name;
    if (!edge->is_cut)
        edge->visited.push_back({score, std::string(name)});
}

void note_erase(Storage storage, CollectionId collection, Bytes name) {
    Edges& edges = place_of(collection);
    if (!is_of(edges, storage, collection))
        return;
    for (Edge* edge : {&edges.low, &edges.high})
        if (edge->change == current_change && edge->next < edge->visited.size() &&
            edge->visited[edge->next].name == name)
            edge->last_erased = std::move(edge->visited[edge->next++]);
}

void note_insert(Storage storage, CollectionId collection, Bytes name, double score) {
    Edges& edges = place_of(collection);
    if (!is_of(edges, storage, collection))
        return;
    std::pair place(score, name);
    edges.low.visited.clear();
    edges.high.visited.clear();
    if (edges.low.last_erased && place <= edges.low.last_erased->place())
        edges.low = Edge();
    if (edges.high.last_erased && place >= edges.high.last_erased->place())
        edges.high = Edge();
}

}  // namespace store::pop_edges
